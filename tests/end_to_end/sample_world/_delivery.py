"""A small delivery of Andrews County, Texas: a month of leases with the dirt that real deliveries have."""

import csv
import io
from datetime import datetime, timedelta

from tests.end_to_end.sample_world._chance import Chance

FOLDER = "48003/20180605"
INDEX = f"{FOLDER}/ANDREWS_OPR_20180501_20180604.csv"
HEADINGS = [
    "Doc Number",
    "Doc Type",
    "Recorded Date",
    "Book/Volume/Page",
    "Grantor",
    "Grantee",
    "Legal Description",
    "Pages",
    "Image",
]
TYPES = ("OGL", "OGL", "OGL", "MEMO OGL", "ASG OGL", "P/REL OGL", "MINERAL DEED", "ROYALTY DEED", "AFFIDAVIT")
SURNAMES = "ACOSTA BOONE CARVER DUARTE ELLIS GARZA HALE IRWIN LOZANO MORENO ORTEGA PRUITT RHODES SALINAS VEGA".split()
GIVEN = "ANN BILLY CARLOS DORA EARL FAYE GLENN HELEN IRA JUNE LUZ MARY OTIS RUTH WADE".split()
OPERATORS = ("SHINNERY OIL & GAS LP", "CATCLAW ENERGY LLC", "MUSTANG DRAW OPERATING CO", "TWIN MESA MINERALS, LTD.")
ENDINGS = ("", "", "", " ET UX", " ET AL", ", TRUSTEE", " ESTATE")
EMPTY_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def delivery(chance: Chance) -> dict[str, bytes]:
    """Give the delivery's files by path: two instruments are missing, two rows repeat, one date is unreadable."""
    rows = [document(chance, place) for place in range(60) if place not in {23, 41}]
    rows[15][2] = "5/9/2O18 10:12:00 AM"
    rows.insert(31, list(rows[30]))
    rows.insert(50, list(rows[49]))
    images = {row[8]: b"%PDF-1.4\n%" + row[0].encode() + EMPTY_PDF[8:] for row in rows}
    images.pop(rows[37][8])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([HEADINGS, *rows, [f"Total records: {len(rows)}"]])
    files = {INDEX: b"\xef\xbb\xbf" + text.getvalue().encode()}
    return files | {f"{FOLDER}/images/{name}": content for name, content in images.items()}


def document(chance: Chance, place: int) -> list[str]:
    """Give one row: numbers and pages rise with the recording time, as in a courthouse."""
    number = f"18-{4100 + place:07d}"
    pages = 2 + (place * 7) % 5
    first_page = 301 + sum(2 + (earlier * 7) % 5 for earlier in range(place))
    working_day = place * 21 // 60
    recorded = datetime(2018, 5, 1, 8, 30) + timedelta(days=working_day + 2 * ((working_day + 1) // 5))  # noqa: DTZ001 - courthouse time
    recorded += timedelta(minutes=17 * (place % 3) + 95 * (place % 3), seconds=chance.below(60))
    when = f"{recorded.month}/{recorded.day}/{recorded.year} {recorded.hour % 12 or 12}{recorded:%M:%S %p}"
    when = when.replace(f"{recorded:%M:%S %p}", f":{recorded:%M:%S %p}")
    kind = chance.one(TYPES)
    parties = [f"{chance.one(SURNAMES)} {chance.one(GIVEN)}{chance.one(ENDINGS)}", chance.one(OPERATORS)]
    grantor, grantee = parties if "REL" not in kind else parties[::-1]
    return [number, kind, when, f"OPR/1043/{first_page}", grantor, grantee, legal(chance), str(pages), f"{number}.pdf"]


def legal(chance: Chance) -> str:
    """Give a legal description in one of the county's common writings."""
    section, abstract = 1 + chance.below(36), 100 + chance.below(1800)
    return chance.one(
        (
            f"SEC {section} BLK A-{30 + chance.below(25)} PSL A-{abstract}",
            f"{chance.one(('N2', 'S2', 'E2NE', 'NW'))} SEC {section} BLK {1 + chance.below(14)} UNIVERSITY LANDS",
            f"Block {1 + chance.below(14)}, Sec. {section}: {chance.one(('All', 'N2 & SE', 'W2NE'))}",
            f"SEC {section} BLK 41 T2N T&P RY CO; SEC {section + 1} BLK 41 T2N T&P RY CO",
        )
    )
