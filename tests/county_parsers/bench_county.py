"""Documents per second of each format, as ratios to `csv.reader` alone and to pandas on the same file.

Every document is made anew (other names, other land), writing the results counts, and time is the processor's, so
that other work on the machine disturbs little. The floor is `csv.reader` on the file of Andrews. Prints two Markdown
tables: the second shows that memory does not grow with the number of documents.
"""

import csv
import io
import random
import re
import sys
import time
import tracemalloc
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pandas as pd

from oseberg.county_parsers import parse_to, tracts
from oseberg.county_parsers.counties.andrews import county as andrews
from oseberg.county_parsers.counties.crockett import county as crockett
from oseberg.county_parsers.counties.reagan import county as reagan

PEERS: list[str] = []
DOCUMENTS = 20_000
ROWS_OF_A_DOCUMENT = 4
GOALS = {"andrews": 0.03, "howard": 0.03, "lea": 0.03, "crockett": 0.02, "reagan": 0.015}
LEGALS_GOAL = 0.15
REAL = Path(__file__).parent / "data" / "legals"
SURNAMES = "SMITH JONES DOE VEGA HOLT COX GRAY REED KING MOSS TERRY LOWE HALE YORK QUINN FOSTER".split()
GIVEN = "JOHN MARY ANN JOE LINDA RUTH DAVID MARIA BILLY ROBERT JAMES PATRICIA".split()
ENDS = ["", "", "", " ET UX", " ET AL", ", TRUSTEE", "/EST"]
SURVEYS = ["T&P RY CO SURV", "T & P RR CO", "GC&SF RR CO", "H&TC RR CO", "PSL", "UNIVERSITY LANDS"]


def name(chance: random.Random) -> str:
    return f"{chance.choice(SURNAMES)} {chance.choice(GIVEN)} {chance.choice('ABCDEFGH')}{chance.choice(ENDS)}"


def legal(chance: random.Random) -> str:
    part = chance.choice(["", "NE/4 ", "N/2 SW/4 ", "ALL "])
    section, block, abstract = chance.randint(1, 400), chance.randint(1, 60), chance.randint(1, 9999)
    return f"{part}SEC {section} BLK {block} {chance.choice(SURVEYS)} A-{abstract}"


def andrews_file(documents: int) -> bytes:
    chance, text = random.Random(1), io.StringIO(newline="")
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(andrews.reader.columns)
    for number in range(documents):
        land = "; ".join(legal(chance) for _ in range(chance.randint(1, 2)))
        book = f"OPR/{chance.randint(900, 1100)}/{chance.randint(1, 900)}"
        day, minute = chance.randint(1, 28), chance.randint(10, 59)
        when = f"{chance.randint(1, 12)}/{day}/2018 {chance.randint(8, 11)}:{minute}:00 AM"
        parties = [f"{name(chance)}; {name(chance)}", name(chance)]
        rows.writerow([f"18-{number:07}", "OGL", when, book, *parties, land, 5, f"18-{number:07}.pdf"])
    return text.getvalue().encode("utf-8-sig")


def howard_file(documents: int) -> bytes:
    chance, lines = random.Random(2), [f"{'00HOWARD':22}20180605{documents:07}"]
    for number in range(documents):
        lines.append(
            f"10{number:010}OGL   1805{chance.randint(1, 28):02}1015{number % 900:05}0101003{f'HOW{number:08}':16}"
        )
        lines.append(f"201001{name(chance)}")
        lines.append(f"202001{name(chance)}")
        lines.append(f"30{legal(chance)}")
    return ("\r\n".join(lines) + "\r\n\x1a").encode("cp437")


def lea_file(documents: int) -> bytes:
    chance, lines = random.Random(3), []
    for number in range(documents):
        key = f"2018-{number:07}"
        land = f"T{chance.randint(9, 26)}S R{chance.randint(31, 39)}E SEC {chance.randint(1, 36)} NE/4 SW/4"
        lines.append(f"D|{key}|OGL|05/{chance.randint(1, 28):02}/2018|0935|2044|0187|17|2018\\{number:05}.TIF")
        lines += [f"P|{key}|G|1|{name(chance)}", f"P|{key}|E|1|{name(chance)}", f"R|{key}|STR|{land}"]
    return "\r\n".join(lines).encode("cp1252")


def crockett_file(documents: int) -> bytes:
    chance, stream = random.Random(4), io.BytesIO()
    tables: dict[str, list[str]] = {name: ["\t".join(one.columns)] for name, one in crockett.reader.tables.items()}  # type: ignore[attr-defined]
    tables["DOCTYPE.TXT"].append("OGL\tOIL GAS LEASE\tLESSOR\tLESSEE")
    for number in range(documents):
        day = f"{chance.randint(1, 28):02}-JAN-2018"
        tables["MASTER.TXT"].append(
            f"{number}\tOGL\t{number}\t{chance.randint(1, 900)}\t{chance.randint(1, 900)}\t{day}\t{day}\t3"
        )
        tables["PARTY.TXT"] += [f"{number}\t{side}\t1\t{name(chance)}\t" for side in (1, 2)]
        tables["LEGAL.TXT"].append(
            f"{number}\tT&P RY CO\t{chance.randint(1, 60)}\t{chance.randint(1, 400)}\tA-{number % 9999}\tNE/4\t"
        )
        tables["IMAGE.TXT"].append(f"{number}\t1\t{number}.TIF")
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for table, lines in tables.items():
            archive.writestr(table, ("\ufeff" + "\r\n".join(lines)).encode("utf-16-le"))
    return stream.getvalue()


def reagan_file(documents: int) -> bytes:
    chance, stream = random.Random(5), io.BytesIO()
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Results")
    sheet.append(list(reagan.reader.columns))  # type: ignore[attr-defined]
    for number in range(documents // ROWS_OF_A_DOCUMENT):
        land, day = legal(chance), date(2018, 1, chance.randint(1, 28))
        for place in range(ROWS_OF_A_DOCUMENT):
            party = ["LESSOR" if place % 2 else "LESSEE", place // 2 + 1, name(chance), ""]
            sheet.append([number, number, 112, 5, "TOP LEASE - [OGL 112]", day, 3, *party, land, "", ""])
    book.save(stream)
    return stream.getvalue()


def of_public_records(number: int) -> list[str]:
    """Write the texts of public records with other numbers."""
    chance, texts = random.Random(6), {}
    files = sorted(REAL.glob("real_*.txt"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    written = [line for line in dict.fromkeys(lines) if line.strip() and not line.startswith("    ")]

    def other(found: re.Match[str]) -> str:
        numbers = re.findall(r"[0-9]+", found["listed"])
        # The numbers of a list keep their order and their distances, and all of them their digits.
        least = max(10 ** (len(one) - 1) - int(one) for one in numbers)
        most = min((36 if len(one) == len("36") else 10 ** len(one) - 1) - int(one) for one in numbers)
        step = chance.randint(least, most) if least <= most else 0
        return re.sub(r"[0-9]+", lambda one: str(int(one[0]) + step), found["listed"])

    # Halves, quarters and fractions stay.
    listed = re.compile(r"(?<![\dNSEW/])(?P<listed>[1-9]\d*(?:[,\-]\d+)*)(?!\d|\s*/\s*\d)")
    while len(texts) < number:  # a text without numbers comes once
        texts.update({listed.sub(other, line): None for line in written})
    return list(texts)[:number]


def seconds(work: Callable[[], object], times: int = 5) -> float:
    """Give the best of some runs: what else the machine does only ever adds to one."""

    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(times))


def floor(path: Path) -> int:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sum(1 for _ in csv.reader(file))


def widths(path: Path) -> pd.DataFrame:
    return pd.read_fwf(path, widths=[2, 10, 6, 6, 4, 5, 4, 3, 16, 6], encoding="cp437", header=None, dtype=str)


def table(path: Path, delimiter: str, encoding: str) -> pd.DataFrame:
    return pd.read_csv(path, sep=delimiter, encoding=encoding, dtype=str, header=None, names=range(9))


def zipped_table(path: Path) -> pd.DataFrame:
    with zipfile.ZipFile(path) as archive, archive.open("PARTY.TXT") as stream:
        return pd.read_csv(stream, sep="\t", encoding="utf-16", dtype=str)


LANDS = {
    "the commonest writing": [legal(random.Random(seed)) for seed in range(20_000)],
    "writings of public records": of_public_records(20_000),
}
FORMATS: dict[str, tuple[Callable[[int], bytes], Callable[[Path], pd.DataFrame]]] = {
    "andrews": (andrews_file, lambda path: table(path, ",", "utf-8-sig")),
    "howard": (howard_file, widths),
    "lea": (lea_file, lambda path: table(path, "|", "cp1252")),
    "crockett": (crockett_file, zipped_table),
    "reagan": (reagan_file, lambda path: pd.read_excel(path, sheet_name="Results", dtype=str, engine="calamine")),
}


def speeds(folder: Path) -> Iterator[str]:
    """Measure each format, then legal descriptions alone."""
    for county, (make, _) in FORMATS.items():
        (folder / county).write_bytes(make(DOCUMENTS))
    least = DOCUMENTS / seconds(lambda: floor(folder / "andrews"))
    for county, (_, peer) in FORMATS.items():
        path = folder / county
        ours = DOCUMENTS / seconds(lambda path=path, county=county: parse_to(county, path, folder / "out"))
        theirs = DOCUMENTS / seconds(lambda path=path, peer=peer: peer(path), 1)
        what = "rows of the sheet" if county == "reagan" else "documents"
        yield row(f"{county}: {what}", ours, least, GOALS[county], theirs)
    for what, texts in LANDS.items():
        ours = len(texts) / seconds(lambda texts=texts: deque(map(tracts, texts), maxlen=0))
        yield row(f"legal descriptions, none twice: {what}", ours, least, LEGALS_GOAL)


def row(what: str, ours: float, least: float, goal: float, peer: float | None = None) -> str:
    shown = f"{peer:,.0f}" if peer else "-"
    return f"| {what} | {ours:,.0f} | {least:,.0f} | {ours / least:.3f} | {goal:.3f} | {shown} |"


def peak(county: str, documents: int, folder: Path) -> float:
    """Give the peak memory of a parse into files, in MB; one parse before it fills the caches of bounded size."""
    path = folder / county
    path.write_bytes(FORMATS[county][0](documents))
    parse_to(county, path, folder / "out")
    tracemalloc.start()
    parse_to(county, path, folder / "out")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def main() -> None:
    """Print the tables."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        print("| work | ours a second | csv.reader rows a second | ratio | goal | pandas documents a second |")
        print("|---|---|---|---|---|---|")
        for line in speeds(folder):
            print(line)
            sys.stdout.flush()
        few, many = DOCUMENTS // 4, DOCUMENTS
        print(f"\n| peak MB | {few:,} documents | {many:,} documents |\n|---|---|---|")
        for county in FORMATS:
            print(f"| {county} | {peak(county, few, folder):.1f} | {peak(county, many, folder):.1f} |")


if __name__ == "__main__":
    main()
