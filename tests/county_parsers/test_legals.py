"""Legal descriptions: what is written in many ways is read as one thing, and nothing is guessed."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.county_parsers import tract, tracts
from oseberg.county_parsers._legals import description
from oseberg.county_parsers._legals.common import read_common
from oseberg.maze_authority import Legal
from tests.county_parsers.legals_coverage import REVIEWED, table


def read(text, **options):
    """Give the tracts without text and what is None."""
    return [
        {key: value for key, value in tract.items() if value is not None and key != "text"}
        for tract in tracts(text, **options)
    ]


def describe(tract):
    """Write a tract in one line."""
    values = [f"{key}={value}" for key, value in tract.items() if value is not None and key not in {"kind", "text"}]
    return " | ".join([tract["kind"], *values]) if tract["kind"] != "unread" else "unread"


@pytest.mark.parametrize("file", sorted(REVIEWED.glob("*.txt")), ids=lambda path: path.stem)
def test_reviewed_texts(file):
    """Texts, many of them of real public records, are read as a person has reviewed them: below each its tracts."""
    reviewed = file.read_text(encoding="utf-8")
    texts = [line for line in reviewed.splitlines() if not line.startswith("    ")]
    assert (
        "".join(f"{text}\n" + "".join(f"    {describe(tract)}\n" for tract in tracts(text)) for text in texts)
        == reviewed
    )


@pytest.mark.parametrize(
    "text",
    [
        "METES AND BOUNDS",
        "?????",
        "SEC 37",
        "BLK A-46",
        "SEC 1-201 BLK A-46 PSL",
        "SEC 24-22 BLK A-46 PSL",
        "SEC 4 BLK 3 & SEC 5 BLK 4 UL",
        "SEC 4 BLK 3 PSL UL",
        "N2 SEC 4 SEC 5 S2 BLK 3 UL",
        "T18S R32E T19S R33E SEC 5",
        "T18S R32E BLK 5 SEC 5",
        "5-20S-34E SEC 6",
        "UNIT 3, 5-20S-34E",
        "5 & 6-20S-34E",
        "BLK T1S 57 T2S SEC 4",
        "SEC 52 37 KING JM",
        "x" * 5000,
    ],
)
def test_unread(text):
    """A text whose core can't be read, or that contradicts itself, is left whole."""
    assert read(text) == [{"kind": "unread", "remainder": text}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SEC 5 BLK 4 NE/4 AND ALL ACCRETIONS THERETO", {"part": "NE", "remainder": "AND ALL ACCRETIONS THERETO"}),
        ("SEC 5 BLK 4 AND ALL ACCRETIONS THERETO", {"remainder": "AND ALL ACCRETIONS THERETO"}),
        ("SEC 5 BLK 4 All MINERALS ONLY", {"part": "ALL", "remainder": "MINERALS ONLY"}),
        ("SEC 5 BLK 4 NE/4 UND 1/2 INT", {"part": "NE", "remainder": "UND 1/2 INT"}),
        ("SEC 5 BLK 4 NE/4 PT", {"remainder": "NE/4 PT"}),
        ("SEC 5 BLK 4 N2, E2SW14; SWASWA; W/2SE/4", {"remainder": "N2, E2SW14; SWASWA; W/2SE/4"}),
        ("N HALF OF THE SE QUARTER SEC 5 BLK 4", {"part": "N2SE"}),
        ("SECTION NO. 5 BLOCK NO. 4", {}),
        ("SEC 5 BLK 4 TC", {"survey": "TC RR CO"}),
        ("SEC 5 BLK 4 G.C. & S.F. R.R. CO. SURVEY", {"survey": "GC&SF RR CO"}),
        ("SEC 5 BLK 4 TEXAS AND PACIFIC RY. CO.", {"survey": "T&P RR CO"}),
        ("SEC 5 BLK 4 TSP 2 NORTH T. & P. RY", {"survey": "T&P RR CO", "township": "T2N"}),
        ("SEC 5 BLK 4, containing 1,387.66 acres, more or less.", {"acres": "1,387.66"}),
        ("SEC 5 BLK 4, being 640 acs. LESS 5 ACRES", {"acres": "640", "remainder": "LESS 5 ACRES"}),
        ("SEC 5, BLK 4, JONES COUNTY SCHOOL LAND SURVEY", {"survey": "JONES COUNTY SCHOOL LAND"}),
        ("SEC 5 BLK 4 (BELOW 900' AND ABOVE 1200')", {"depth": "BELOW 900' AND ABOVE 1200'"}),
        ("SEC 5 BLK 4 (BELOW 900' TO 1200')", {"remainder": "(BELOW 900' TO 1200')"}),
        ("SEC 5 BLK 4 BELOW 90 FT AND ALL ROADS", {"depth": "BELOW 90 FT", "remainder": "AND ALL ROADS"}),
        ("SEC 5, BLK A-4, A-1234, PSL", {"survey": "PSL", "block": "A-4", "abstract": "1234"}),
        ("SEC 5, BLK C, J H GIBSON SURVEY", {"survey": "J H GIBSON", "block": "C"}),
    ],
)
def test_what_is_easily_read_wrongly(text, expected):
    """What stands beside a tract neither becomes a part of it nor hides one; lists are told from what follows them."""
    assert read(text) == [{"kind": "texas_survey", "block": "4", "section": "5", **expected}]


HOSTILE = [
    "SEC 1, ",
    "LOT 1 BLK 2 ",
    "NE/4 ",
    "UND 1/2 ",
    "10 AC ",
    "X & ",
    "LESS ",
    "EAST HALF (E/2) ",
    "SURVEY ",
    "J. ",
]


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("begin", ["", "SEC 5 BLK 3 UL ", "LOT 1 BLK 2 "])
def test_a_long_text_takes_no_time(begin, piece):
    """Whatever is repeated for thousands of letters, a text is read in a fraction of a second."""
    start = time.process_time()
    assert tracts((begin + piece * 2000)[:3990])
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("SEC 5 BLK C & D GC&SF", ["C", "D"]),
        ("SEC 5 BLK C,D GC&SF", ["C", "D"]),
        ("SEC 5 BLK A-46,A-47 PSL", ["A-46", "A-47"]),
        ("SEC 5 BLK C, H & TC RR CO", ["C"]),
        ("SEC 5 BLK 07,08 UL", ["7", "8"]),
    ],
)
def test_lists_of_blocks(text, blocks):
    """Blocks with letters are listed as numbers are, and a survey's initials are not a block."""
    assert [tract["block"] for tract in read(text)] == blocks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20S-34E-5", {}),
        ("5-20S-34E", {}),
        ("Sec. 05-20S-34E, N.M.P.M.", {}),
        ("LOTS 1,2 NE/4 5-T20S-R34E", {"lot": "1,2", "part": "NE"}),
        ("UNIT A 5-20S-34E", {"remainder": "UNIT A"}),
        ("T20S-R34E-05 NE/4", {"part": "NE"}),
        ("GOVERNMENT LOTS 1 & 2 SEC 5 T20S R34E", {"lot": "1,2"}),
        ("Gov't Lots 3-4, Sec. 5, Twp. 20 South, Rge. 34 East", {"lot": "3,4"}),
    ],
)
def test_more_writings_of_new_mexico(text, expected):
    """A section behind township and range or in front of them, and lots of the government's survey."""
    assert read(text) == [{"kind": "plss", "township": "T20S", "range": "R34E", "section": "5", **expected}]


def test_a_block_named_b_7_after_the_word_block():
    """BLK in front says that B-7 is the name: H&GN has such blocks; alone it is block 7."""
    assert read("SEC 5 BLK B-7 H&GN RR CO")[0]["block"] == "B-7"
    assert read("S-5 B-7 H&GN RR CO")[0]["block"] == "7"


def test_sections_of_university_lands_may_be_several():
    """`Block N, Secs. N, N:` is the same writing."""
    found = read("Block 4, Secs. 8 and 9: All", university_blocks=True)
    assert [(tract["survey"], tract["section"]) for tract in found] == [
        ("UNIVERSITY LANDS", "8"),
        ("UNIVERSITY LANDS", "9"),
    ]


def test_a_range_may_span_200_sections():
    """The limit is 200 sections, not 199."""
    assert len(tracts("SEC 1-200 BLK A-46 PSL")) == 200


def test_university_lands_are_implied_only_where_the_county_says_so():
    """`Block N, Sec. N:` names University Lands in Andrews, elsewhere no survey."""
    assert read("Block 4, Sec. 5: All", university_blocks=True)[0]["survey"] == "UNIVERSITY LANDS"
    assert "survey" not in read("Block 4, Sec. 5: All")[0]
    assert read("Block 4, Sec. 5: All T&P RY", university_blocks=True)[0]["survey"] == "T&P RR CO"


SURVEYS = {
    "T&P RR CO": ["T&P RY CO", "T & P RR CO SUR", "TEXAS & PACIFIC RAILWAY CO SURVEY", "T&P"],
    "GC&SF RR CO": ["GC&SF RR CO", "GC & SF RAILROAD CO SURV"],
    "H&TC RR CO": ["H&TC RY", "H & TC RR CO"],
    "PSL": ["PSL", "PUBLIC SCHOOL LAND", "PSL SURVEY"],
    "UNIVERSITY LANDS": ["UL", "UNIV LANDS", "UNIVERSITY LANDS", "UNIVERSITY"],
}
HALVES = [f"{half}2" for half in "NSEW"]
WORDS = "SEC BLK 5 A-4 T&P N2 T4S R33E , & UL LOT ADDN AB ( SURVEY 1/2 OF - THRU".split()
QUARTERS = ["NE", "NW", "SE", "SW"]


@st.composite
def aliquots(draw):
    """One chain in its canonical form, and a way to write it."""
    half = draw(st.lists(st.sampled_from(HALVES), max_size=1))
    atoms = half + draw(st.lists(st.sampled_from(QUARTERS), min_size=1, max_size=2))
    marks = draw(st.sampled_from([("/2", "/4", " "), ("½", "¼", ""), ("2", "4", "")]))
    written = marks[2].join(atom[0] + marks[0] if atom in HALVES else atom + marks[1] for atom in atoms)
    return "".join(atoms), written


@st.composite
def descriptions(draw):
    """A Texas tract, and a way to write it."""
    survey = draw(st.sampled_from(sorted(SURVEYS)))
    block = draw(st.sampled_from(["A-46", "C-21", "UV", "4", "39"]))
    section, abstract = draw(st.integers(1, 999)), draw(st.none() | st.integers(1, 9999))
    part, part_written = draw(st.one_of(st.just((None, "")), aliquots()))
    pieces = [
        f"{draw(st.sampled_from(['SEC', 'SECTION', 'Sec.']))} {section:0{draw(st.integers(1, 4))}}",
        f"{draw(st.sampled_from(['BLK', 'BLOCK', 'Blk.']))} {block}",
        draw(st.sampled_from(SURVEYS[survey])),
    ]
    pieces = draw(st.permutations(pieces))
    where = draw(st.booleans())
    written = [part_written, *pieces] if where else [*pieces, part_written]
    if abstract is not None:
        written.append(draw(st.sampled_from([f"A-{abstract:05}", f"AB {abstract}"])))
    values = {"survey": survey, "block": block, "section": str(section), "part": part}
    values["abstract"] = None if abstract is None else str(abstract)
    return " ".join(filter(None, written)), values


@settings(max_examples=300)
@given(descriptions())
def test_many_writings_of_one_tract(described):
    """However a tract is written, it is read as what it is, with nothing left over."""
    text, values = described
    (found,) = tracts(text)
    assert {key: found[key] for key in values} == values
    assert found["remainder"] is None


@settings(max_examples=300)
@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_any_text(text):
    """Any text is read or left, without a crash; the answer has the form of the standard and keeps the text."""
    found = tracts(text)
    assert found
    for tract_ in found:
        Legal.model_validate(tract_)
        assert tract_["text"] == text.strip()
        for word in (tract_["remainder"] or "").split():
            assert word in text
    if found[0]["kind"] == "unread":
        assert found[0]["remainder"] == text.strip()


PARTS = ["", "ALL ", "NE/4 ", "N/2 SW/4 ", "E/2 W/2 ", "NW/4 SE/4 ", "N/2 S/2 NE/4 ", "E/2 NE/4 SW/4 "]
NAMES = [
    *(form for forms in SURVEYS.values() for form in forms),
    "JOHN SMITH",
    "TC SMITH",
    "UNIVERSITY PARK",
    "UL  ",
    "A",
]


@settings(max_examples=300)
@given(
    st.sampled_from(PARTS),
    st.integers(0, 9999),
    st.sampled_from(["1", "39", "039", "999", "A-46", "C-2", "B-7", "UV", "203 1/2"]),
    st.sampled_from(["", " T4S", " T-4-S", " T1N", " T-12N", " T0S"]),
    st.sampled_from(NAMES),
    st.sampled_from(["", " A-1", " A-00459", " A-0", " A-123456", " A-12 X"]),
)
def test_the_commonest_writings_are_read_as_the_grammar_reads_them(part, section, block, town, survey, abstract):
    """What one pattern reads is what the grammar reads, to the letter; the rest is left to it."""
    for text in (
        f"{part}SEC {section} BLK {block}{town} {survey}{abstract}",
        f"T{section % 100}S R{section // 100}E SEC {section % 40} {part}".strip(),
    ):
        fast = read_common(text, text)
        assert fast is None or list(fast) == list(description.describe(text, text)), text


def test_the_commonest_writings_are_common():
    """Most texts of the benchmark, and several real ones, take the short way."""
    real = [line for line in (REVIEWED / "real_texas_clerk_index.txt").read_text().splitlines() if line[0] != " "]
    assert sum(read_common(text, text.upper()) is not None for text in real) > 1
    assert read_common("NE/4 SEC 292 BLK 55 GC&SF RR CO A-1034", "NE/4 SEC 292 BLK 55 GC&SF RR CO A-1034")


GC_SF = {"survey": "GC & SF RY CO SURV", "block": "BLK C", "section": "014", "abstract": "00459"}
PSL = {"survey": "PSL", "block": "B-7", "section": "SEC 3", "part": "N/2 NE/4"}
DIRT = {"survey": "TC", "block": "?", "section": "#", "abstract": "x", "part": "MOST", "acres": "40.0"}


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (GC_SF, {"survey": "GC&SF RR CO", "block": "C", "section": "14", "abstract": "459"}),
        (PSL, {"survey": "PSL", "block": "B-7", "section": "3", "part": "N2NE"}),
        (DIRT, {"survey": "TC RR CO", "acres": "40.0", "remainder": "? # x MOST"}),
        ({"survey": "JOSE DELGADO SURVEY", "block": "B-7"}, {"survey": "JOSE DELGADO", "block": "7"}),
    ],
)
def test_columns(columns, expected):
    """Columns that the index has split are put into the same canonical forms; what can't be read is kept."""
    found = tract("text", **columns)
    assert {key: value for key, value in found.items() if value is not None} == {
        "kind": "texas_survey",
        "text": "text",
        **expected,
    }


def test_every_alias_of_a_survey():
    """Every written form of the listed surveys is its canon."""
    forms = [(name, form) for name, forms in SURVEYS.items() for form in forms]
    assert all(read(f"{form} BLK 7 SEC 8")[0].get("survey") == name for name, form in forms)
    assert all(re.fullmatch(r"[A-Z& ]+", name) for name in SURVEYS)


def test_the_documented_coverage_is_what_is_read():
    """The table in the documentation is the one that the command makes."""
    page = Path(__file__).parents[2] / "docs" / "legals.md"
    assert table() in page.read_text(encoding="utf-8")
