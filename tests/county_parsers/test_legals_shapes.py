"""Descriptions that differ only in their numbers: the short way gives the whole way's answer, whatever the numbers."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oseberg.county_parsers import tracts
from oseberg.county_parsers._legals._shapes.keys import NumbersOfShape, masked
from oseberg.county_parsers._legals._shapes.memory import Shapes
from oseberg.county_parsers._legals.texts import whole
from tests.county_parsers.legals_coverage import REVIEWED


def reviewed_texts():
    files = sorted(REVIEWED.glob("*.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in dict.fromkeys(lines) if line.strip() and not line.startswith("    ")]


TEXTS = [text for text in reviewed_texts() if re.search("[0-9]", text)]
# What a reader may look at more closely than at other numbers comes often: zeros, halves, quarters, equal numbers.
DIGITS = st.sampled_from(["0123456789", "1224", "0124", "123", "35679"])
FRAGMENTS = (
    "SEC # |SECTIONS # & # |SECS #,#-# |BLK # |BLK A-# |BLK T#S # |B-# |LOT # |LOTS #-# |LTS # & # |"
    "T&P RR CO |PSL |UNIV LANDS |GC&SF |JONES SURVEY |A-# |AB # |T#S R#E |T-#-N |"
    "TOWNSHIP # SOUTH, RANGE # EAST |0##0S 0##0E |#S-#E # |N/2 |S2 |E/# |NE/4 |SW# |N 1/2 |NW QUARTER |"
    "ALL |OF |AND |& |, |; |( |) |- |LESS SEC # |SAVE # AC |EXCEPT |OUT OF |# AC |#.# ACRES |"
    "#,### ACRES |CONTAINING # AC |SAID SEC # |LEAGUE # |LABOR # |BELOW # FT |# 1/2 |#/# |"
    "NORTH PARK ADDN |#/# NPRI |UND #/# INT |½ |THENCE "
).split("|")


@st.composite
def variations(draw, shapes):
    """Return some texts of one shape, most of them with the same kinds of numbers."""
    shape, length = draw(shapes), draw(st.integers(1, 3))
    shape = re.sub("#", lambda _: "9" * length, shape)
    texts = []
    for _ in range(draw(st.integers(3, 6))):
        digits, fractions = draw(DIGITS), draw(st.booleans())
        chance = draw(st.randoms(use_true_random=False))

        def number(found, *, digits=digits, fractions=fractions, chance=chance):
            kept = (fractions and "/" in found[0]) or chance.random() < 0.2
            return found[0] if kept else "".join(chance.choice(digits) if char.isdigit() else char for char in found[0])

        texts.append(re.sub(r"[0-9]+/[0-9]+|/[0-9]+|[0-9]+", number, shape).strip())
    return texts


def assert_alike(texts, *, university_blocks):
    shapes = Shapes()
    for text in texts * 2:

        def read(one):
            return whole(one, university_blocks=university_blocks)

        assert shapes.tracts(text, read) == read(text), text


@given(texts=variations(st.sampled_from(TEXTS)), university_blocks=st.booleans())
@settings(max_examples=150)
def test_reviewed_texts_with_other_numbers(texts, university_blocks):
    """Texts of public records with any other numbers have the whole way's answer."""
    assert_alike(texts, university_blocks=university_blocks)


@given(texts=variations(st.lists(st.sampled_from(FRAGMENTS), min_size=2, max_size=9).map("".join)))
@settings(max_examples=150)
def test_any_texts_with_other_numbers(texts):
    """Whatever is put together from words of land and numbers has the whole way's answer."""
    assert_alike(texts, university_blocks=False)


@pytest.mark.parametrize(
    "texts",
    [
        ["SEC 35 T24S R33E NE/4", "SEC 34 T24S R33E NE/4", "SEC 36 T24S R33E NE/4", "SEC 37 T24S R33E NE/4"],
        ["NE/4 SEC 5 BLK 3 UL 160 AC"] * 2 + ["NE/4 SEC 5 BLK 3 UL 240 AC", "NE/4 SEC 5 BLK 3 UL 241 AC"],
        ["NE/4 SEC 5 BLK 3 UL 160 AC", "NE/4 SEC 6 BLK 4 UL 161 AC", "NE/4 SEC 7 BLK 5 UL 79 AC"] * 3,
        ["SECS 22-24 BLK 3 UL", "SECS 32-34 BLK 3 UL", "SECS 33-34 BLK 5 UL", "SECS 34-33 BLK 3 UL"] * 3,
        ["SECS 5-7, LESS SEC 9, BLK 3 UL", "SECS 4-6, LESS SEC 8, BLK 3 UL", "SECS 5-7, LESS SEC 6, BLK 3 UL"] * 3,
        ["SEC 100-299 BLK 35 UL", "SEC 200-399 BLK 25 UL", "SEC 100-300 BLK 35 UL"] * 3,
        ["SEC 5 BLK 3 UL SAID SEC 5", "SEC 6 BLK 3 UL SAID SEC 6", "SEC 6 BLK 3 UL SAID SEC 7"] * 3,
        ["N/2 SEC 5 BLK 3 UL", "N/2 SEC 6 BLK 4 UL", "N/3 SEC 5 BLK 3 UL", "N/4 SEC 5 BLK 3 UL"] * 3,
        ["SEC 15 0190S 0330E", "SEC 16 0180S 0320E", "SEC 15 0191S 0330E", "SEC 15 0190S 0331E"] * 3,
        ["LOTS 4, 10 E 25 SEC 5 BLK 3 UL", "LOTS 4, 10 E 26 SEC 5 BLK 3 UL", "LOTS 4, 10 E 35 SEC 5 BLK 3 UL"] * 3,
        ["SEC 1-1/2 BLK 2 UL", "SEC 1-1/2 BLK 2 UL", "SEC 1-1/2 BLK 3 UL", "SEC 1-1/2 BLK 6 UL"] * 2,
        ["T&P SECTION2,3 BLK 7", "T&P SECTION2,5 BLK 8", "T&P SECTION2,2 BLK 9"] * 3,
        ["SEC 2 / 5 SAID SEC 2 BLK 9 UL", "SEC 2 / 6 SAID SEC 4 BLK 9 UL", "SEC 2 / 5 SAID SEC 5 BLK 9 UL"] * 3,
        ["SEC 5 / 2-18S-32E", "SEC 6 / 2-18S-32E", "SEC 2 / 2-18S-32E", "SEC 4 / 2-18S-32E"] * 3,
        ["SEC 05 BLK 03 UL", "SEC 06 BLK 04 UL", "SEC 00 BLK 04 UL", "SEC 16 BLK 04 UL"] * 3,
        ["SEC \N{ARABIC-INDIC DIGIT FIVE} BLK 3 UL", "SEC \N{ARABIC-INDIC DIGIT FIVE} BLK 4 UL"] * 3,
    ],
    ids=lambda texts: texts[-1],
)
def test_numbers_that_matter(texts):
    """Where what a number is changes the answer, the answer to a text of the same shape is not taken for it."""
    assert_alike(texts, university_blocks=False)


def test_learned():
    """From the third text of a shape on, the whole way is not taken any more."""
    shapes, asked = Shapes(), []

    def read(text):
        asked.append(text)
        return whole(text)

    for number in range(11, 99):
        [tract] = shapes.tracts(f"Survey- Name: T&P RR CO Block: {number} Section: 1{number}", read)
        assert (tract["block"], tract["section"]) == (str(number), f"1{number}")
    assert len([text for text in asked if "Block: 9" in text]) < 4


def test_memory_is_bounded(monkeypatch):
    """What a damaged file brings does not fill the memory."""
    monkeypatch.setattr("oseberg.county_parsers._legals._shapes.memory._MOST_SHAPES", 10)
    monkeypatch.setattr("oseberg.county_parsers._legals._shapes.memory._MOST_KEYS", 10)
    shapes = Shapes()
    for number in range(300):
        shapes.tracts("X" * number + " 5", whole)
        shapes.tracts(f"SEC {number % 7} BLK 5 T&P {number % 10}/{number % 9} A-{number}, 160 AC NE/4", whole)
    assert len(shapes._known) <= 10
    assert all(len(shape._templates) <= 10 for shape in shapes._known.values() if shape)


def test_another_text_of_the_same_key():
    """The text that confirms an answer has the same shape and key, and other numbers wherever they may differ."""
    text = "NE/4 SEC 22-24 BLK 0055 T2S 57 A-0123"
    numbers = NumbersOfShape(masked(text).decode())
    another, found = numbers.another(text, numbers.of(text))
    assert masked(another) == masked(text)
    assert found[2] == numbers.of(text)[2]
    assert another.startswith("NE/4 SEC ")
    assert "22-24" not in another
    assert "BLK 0055 T" in another  # four digits with a zero in front may be a code
    assert "A-0123" in another


def test_cold_and_warm_alike():
    """A text has the same answer before and after others of its shape were read."""
    texts = [f"W2SE SEC {number} BLK {number % 60 + 1} T&P RY CO A-{number * 7}, 80 AC" for number in range(1, 200)]
    tracts.cache_clear()
    assert [tracts(text) for text in texts] == [whole(text) for text in texts]
