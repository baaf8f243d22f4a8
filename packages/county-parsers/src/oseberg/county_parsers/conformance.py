"""Check that a county module follows the template: a declaration, an example delivery, a reviewed result.

A county's test is one call:

    from oseberg.county_parsers.conformance import check

    def test_winkler():
        check("winkler", "examples", folder=".")
"""

from __future__ import annotations

import ast
import json
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from oseberg.county_parsers._declaration.registry import load_county, module_file
from oseberg.county_parsers._draft.new import STATES
from oseberg.county_parsers._parsing.one import parse
from oseberg.county_parsers._run import REQUIRED
from oseberg.county_parsers.errors import CountyError
from oseberg.maze_authority import IndexRecord

if TYPE_CHECKING:
    from oseberg.county_parsers._declaration.county import County
    from oseberg.county_parsers._results.result import Result

_ALLOWED = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef)


class ConformanceError(CountyError):
    """A county does not follow the template; the message says how to fix it."""


def check(name: str, examples: str | Path, *, folder: str | Path | None = None) -> Result:
    """Check one county, from its module to the result of its example.

    Args:
        name: The county's module.
        examples: The folder that holds, for the county, `NAME/delivery/FIPS/YYYYMMDD/` and `NAME/expected/`.
        folder: A folder with county modules of your own.

    Returns:
        The example's result.

    Raises:
        ConformanceError: With the first thing that is missing or wrong.
    """
    county = load_county(name, folder)
    _check_module(name, module_file(name, folder), county)
    delivery = _delivery(name, Path(examples), county)
    result = parse(county, delivery)
    _check_counts(name, result)
    _check_golden(name, Path(examples) / name / "expected", delivery, result)
    return result


def _require(condition: object, problem: str) -> None:
    if not condition:
        raise ConformanceError(problem)


def _check_module(name: str, file: Path, county: County) -> None:
    """Check that the module is a declaration with hooks, and nothing that runs when it is imported."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    first_line = (ast.get_docstring(tree) or "").partition("\n")[0]
    _require(county.name in first_line, f"{file}: the docstring should say which county it is and what its files are.")
    for node in tree.body:
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        allowed = isinstance(node, _ALLOWED) or typing_only or text
        _require(allowed, f"{file}, line {node.lineno}: a county module declares; it should run no statements.")
    _require(
        county.name.lower().replace(" ", "_").replace("-", "_") == name,
        f"{file}: the county is named {county.name!r}; give the module the same name.",
    )
    state = STATES.get(county.fips[:2])
    _require(state == county.state, f"{file}: fips {county.fips} is in {state}, but state is {county.state}.")


def _delivery(name: str, examples: Path, county: County) -> Path:
    place = examples / name / "delivery" / county.fips
    deliveries = sorted(path for path in place.glob("*") if path.is_dir())
    _require(deliveries, f"{place}: put an example delivery here, in a folder named by its day (20180605).")
    return deliveries[0]


def _check_counts(name: str, result: Result) -> None:
    """Check that every row went somewhere, and that every record is a valid one."""
    counts: dict[str, Any] = dict(result.summary)
    _require(set(REQUIRED) <= set(counts), f"{name}: the summary lacks {sorted(set(REQUIRED) - set(counts))}.")
    parts = [counts[key] for key in ("used", "structural", "duplicate", "rejected")]
    _require(counts["rows"] == sum(parts), f"{name}: {counts['rows']} rows were read, {sum(parts)} are accounted for.")
    _require(counts["records"], f"{name}: the example yields no records. Choose a delivery with documents in it.")
    for record in result.data:
        IndexRecord.model_validate(record)


def _check_golden(name: str, expected: Path, delivery: Path, result: Result) -> None:
    golden = [expected / file for file in ("records.jsonl", "rejects.jsonl", "summary.json")]
    command = f"  oseberg county parse {name} {quote(str(delivery))} --out {quote(str(expected))}"
    _require(
        all(path.is_file() for path in golden),
        f"{name} has no reviewed result. Run\n{command}\n"
        f"(status 3 says that rows were rejected), and compare every record with the delivery.",
    )
    found = (result.data, result.rejects, dict(result.summary))
    for path, result_now in zip(golden, found, strict=True):
        then, now = _read(path), json.loads(json.dumps(result_now))
        if isinstance(then, list):  # the summary says everything that it says for a reason
            now = _of_that_time(now, then)
        _require(
            now == then,
            f"{path}: parsing now gives another result. {_first(now, then)} "
            f"If the new result is right, run\n{command}\nand review what has changed.",
        )
    reviewed = expected / "reviewed.txt"
    _require(
        reviewed.is_file() and reviewed.read_text(encoding="utf-8").strip(),
        f"{expected}: nobody has reviewed it. Compare every record with the delivery, then write who did so, and when, "
        f"into {reviewed}.",
    )


def _of_that_time(now: Any, then: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a result without keys that the reviewed one lacks: those were added to the standard since."""
    if isinstance(now, dict) and isinstance(then, dict):
        return {key: _of_that_time(value, then[key]) for key, value in now.items() if key in then}
    if isinstance(now, list) and isinstance(then, list):
        return [_of_that_time(*pair) for pair in zip(now, then, strict=False)] + now[len(then) :]
    return now


def _read(path: Path) -> Any:  # noqa: ANN401 - JSON
    text = path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.split("\n") if line] if path.suffix == ".jsonl" else json.loads(text)


def _first(now: Any, then: Any) -> str:  # noqa: ANN401 - JSON
    """Describe where two results first differ."""
    if isinstance(now, dict):
        keys = sorted(key for key in {*now, *then} if now.get(key) != then.get(key))
        return f"It differs in {', '.join(keys)}."
    pairs = enumerate(zip(now, then, strict=False), start=1)
    line = next((number for number, (one, other) in pairs if one != other), min(len(now), len(then)) + 1)
    return f"The first difference is in line {line}."
