"""A new county from the template: module, example folder and a test that says what to do next."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from oseberg.county_parsers._atomic import write_bytes
from oseberg.county_parsers._declaration.registry import TEMPLATE, may_be_county, names
from oseberg.county_parsers._draft.look import look
from oseberg.county_parsers._draft.write import write
from oseberg.county_parsers.errors import BadDeclarationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

# The states by the first two digits of their counties' codes (FIPS 5-2).
STATES = dict(
    pair.split(":")
    for pair in (
        "01:AL 02:AK 04:AZ 05:AR 06:CA 08:CO 09:CT 10:DE 11:DC 12:FL 13:GA 15:HI 16:ID 17:IL 18:IN 19:IA 20:KS 21:KY "
        "22:LA 23:ME 24:MD 25:MA 26:MI 27:MN 28:MS 29:MO 30:MT 31:NE 32:NV 33:NH 34:NJ 35:NM 36:NY 37:NC 38:ND 39:OH "
        "40:OK 41:OR 42:PA 44:RI 45:SC 46:SD 47:TN 48:TX 49:UT 50:VT 51:VA 53:WA 54:WV 55:WI 56:WY"
    ).split()
)

_TEST = '''"""{county} County follows the template, and parses its example to the reviewed result."""

from pathlib import Path

from oseberg.county_parsers.conformance import check

HERE = Path(__file__).parent


def test_{name}() -> None:
    """The module, its example delivery and its reviewed result agree."""
    check("{name}", HERE / "examples", folder=HERE)
'''
DAY = "20180605"
_MODULES = Path("packages", "county-parsers", "src", "oseberg", "county_parsers", "counties")
_EXAMPLES = Path("tests", "county_parsers", "data")


def new_county(name: str, fips: str, folder: str | Path) -> list[Path]:
    """Write module, example delivery and failing test for a new county into a folder of one's own.

    Args:
        name: The county's name in lower case, `_` for a blank (`tom_green`).
        fips: Its five digits.
        folder: Where; `NAME.py`, `test_NAME.py` and `examples/NAME/` must not exist there.

    Returns:
        The files that were written.

    Raises:
        BadDeclarationError: The name or the code can't be right, or the county exists.
    """
    _check(name, fips, folder)
    place = Path(folder)
    texts = {
        place / f"{name}.py": _module(name, fips),
        place / f"test_{name}.py": _TEST.format(name=name, county=_title(name)),
        **_example(name, fips, place / "examples"),
    }
    return _write(texts)


def draft_county(name: str, fips: str, files: Sequence[str | Path], folder: str | Path) -> list[Path]:
    """Write a first draft of a county module from real files, with them as its example and a failing test.

    Args:
        name: The county's name in lower case, `_` for a blank (`tom_green`).
        fips: Its five digits.
        files: Index files of one delivery.
        folder: Where; `NAME.py`, `test_NAME.py` and `examples/NAME/` must not exist there.

    Returns:
        The files that were written.

    Raises:
        BadDeclarationError: The name or the code can't be right, or the county exists.
        UnreadableFileError: A file is damaged, or its format can't be told.
    """
    _check(name, fips, folder)
    place, paths = Path(folder), [Path(file) for file in files]
    # Looked at before anything is written: a file that can't be read leaves no half a county.
    seen = {path.name: look(path) for path in paths}
    example = place / "examples" / name / "delivery" / fips / DAY
    return _write(
        {
            place / f"{name}.py": write(name, _title(name), STATES[fips[:2]], fips, seen).encode(),
            place / f"test_{name}.py": _TEST.format(name=name, county=_title(name)).encode(),
            **{example / path.name: path.read_bytes() for path in paths},
        }
    )


def new_county_here(name: str, fips: str, repository: str | Path = ".") -> list[Path]:
    """Write module and example for a new county into a checkout of this project, whose tests then ask for more.

    Args:
        name: The county's name in lower case, `_` for a blank (`tom_green`).
        fips: Its five digits.
        repository: The checkout.

    Returns:
        The files that were written.

    Raises:
        BadDeclarationError: As `new_county`; or this is not a checkout.
    """
    root = Path(repository)
    if not (root / _MODULES).is_dir():
        raise BadDeclarationError(f"{root.resolve()}: this is not a checkout of oseberg ({_MODULES} is missing).")
    _check(name, fips, root / _MODULES)
    return _write({root / _MODULES / f"{name}.py": _module(name, fips), **_example(name, fips, root / _EXAMPLES)})


def _check(name: str, fips: str, folder: str | Path) -> None:
    if not may_be_county(name):
        rule = "Write it in lower case, with _ for a blank, and not as a test's"
        raise BadDeclarationError(f"{name!r} can't name a county's module. {rule}.")
    if len(fips) != len("48495") or not (fips.isascii() and fips.isdecimal()) or fips[:2] not in STATES:
        raise BadDeclarationError(f"{fips!r} is not a county code. Pass five digits, such as 48495 for Winkler, Texas.")
    if name in names(folder):
        raise BadDeclarationError(f"{name} exists already. `oseberg county list` shows all counties.")


def _title(name: str) -> str:
    return name.replace("_", " ").title()


def _fill(text: str, name: str, fips: str) -> str:
    """Replace the template's name by the county's, in each of its spellings."""
    for old, new in ((TEMPLATE, name), (TEMPLATE.title(), _title(name)), (TEMPLATE.upper(), name.upper())):
        text = text.replace(old, new)
    return text.replace("48999", fips).replace('state="TX"', f'state="{STATES[fips[:2]]}"')


def _module(name: str, fips: str) -> str:
    package = files("oseberg.county_parsers")
    return _fill((package / "counties" / f"{TEMPLATE}.py").read_text(encoding="utf-8"), name, fips).replace(
        ", Texas:", f", {STATES[fips[:2]]}:"
    )


def _example(name: str, fips: str, examples: Path) -> dict[Path, str]:
    """Return the template's delivery under the new county's names; it is a stand-in until a real one is put there."""
    day = DAY
    source: Traversable = (
        files("oseberg.county_parsers") / "template" / "examples" / TEMPLATE / "delivery" / "48999" / day
    )
    place = examples / name / "delivery" / fips / day
    return {
        place / _fill(file.name, name, fips): _fill(file.read_bytes().decode(), name, fips) for file in source.iterdir()
    }


def _write(contents: Mapping[Path, str | bytes]) -> list[Path]:
    if there := [str(path) for path in contents if path.exists()]:
        raise BadDeclarationError(f"{', '.join(there)} exists already. Nothing was written; choose another name.")
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content if isinstance(content, bytes) else content.encode())
    return list(contents)
