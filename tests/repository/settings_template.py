"""Writes the file of `oseberg config init` from docs/settings.md: `python -m tests.repository.settings_template`."""

import re

from tests.repository.helpers import ROOT

PAGE = ROOT / "docs" / "settings.md"
TEMPLATE = ROOT / "cli" / "src" / "oseberg" / "cli" / "config" / "template.toml"
HEAD = """\
# Settings of oseberg. Every key is commented out and shows its default, or an example where it has none.
# Uncomment a key, and the [section] above it, to set it. Options and environment variables override this file;
# `oseberg config check` checks it, and `oseberg config show` shows what is in effect.

"""


def template() -> str:
    """Return the block of the page that shows every key, with the keys commented out."""
    block = re.findall(r"^```toml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[0]
    lines = [line if not line or re.match(r"\[\w+\]", line) else f"#{line}" for line in block.splitlines()]
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    TEMPLATE.write_text(template(), encoding="utf-8")
