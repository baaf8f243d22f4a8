"""Ask for every address that the repository's pages and docstrings name: `nox -s links`, which needs the network."""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import requests

from tests.repository.helpers import ROOT, tracked

ADDRESS = re.compile(r"https://[\w.-]+\.[a-z]{2,}(?:/[^\s)>\"'`\]}|…]*)?")
INVENTED = re.compile(
    r"https://(?:[\w-]+\.)*(?:example|example\.com|amazonaws\.com|console\.aws\.amazon\.com|hc-ping\.com)(?:/|$)"
)
"""Addresses that explain something and lead nowhere: reserved names, and buckets of nobody."""

ANSWERS = 20.0
"""Seconds that a server has."""


def addresses() -> list[str]:
    """Return every address that pages, docstrings and packages name, sorted."""
    named = [
        name for name in tracked() if name.endswith((".md", ".toml")) or ("/src/" in name and name.endswith(".py"))
    ]
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in named]
    found = {found.rstrip(".,;:") for found in chain.from_iterable(map(ADDRESS.findall, texts))}
    return sorted(address for address in found if not INVENTED.match(address))


def problem(address: str) -> str | None:
    """Return what is wrong with an address, if anything is; a server that asks for patience has it."""
    try:
        answer = requests.get(address, timeout=ANSWERS, stream=True, headers={"User-Agent": "oseberg-links"})
    except requests.RequestException as error:
        return f"{address}: {type(error).__name__}"
    answer.close()
    return None if answer.ok or answer.status_code == requests.codes.too_many else f"{address}: {answer.status_code}"


def main() -> None:
    """Ask for all of them; the exit status is 1 if one leads nowhere."""
    known = addresses()
    with ThreadPoolExecutor(8) as pool:
        problems = [found for found in pool.map(problem, known) if found]
    print("\n".join([*problems, f"{len(known)} addresses, {len(problems)} of which lead nowhere"]))
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
