"""Andrews County, Texas: a CSV export with one row per document."""

from oseberg.county_parsers import TYPE, County, Delimited, OneEach, fields

county = County(
    name="Andrews",
    state="TX",
    fips="48003",
    files="ANDREWS_OPR_*.csv",
    basis="made from a description of GovOS exports; no real delivery seen",
    reviewed="the project's founders, by hand from the format's page",
    reader=Delimited(
        encoding="utf-8-sig",
        columns=[
            "Doc Number",
            "Doc Type",
            "Recorded Date",
            "Book/Volume/Page",
            "Grantor",
            "Grantee",
            "Legal Description",
            "Pages",
            "Image",
        ],
        final_break=True,
        total=r"Total records: *(\d[\d,]*)",
    ),
    documents=OneEach(number="Doc Number"),
    fields={
        "instrument_number": fields.text("Doc Number"),
        TYPE: fields.document_type("Doc Type"),
        ("recorded_on", "recorded_time"): fields.moment(
            "Recorded Date", "%m/%d/%Y", "%I:%M:%S %p", none=("", "1/1/1900 12:00:00 AM")
        ),
        ("book_type", "volume", "page"): fields.split("Book/Volume/Page", "/", 3, none="--"),
        "grantors": fields.parties("Grantor"),
        "grantees": fields.parties("Grantee"),
        "legals": fields.legals("Legal Description"),
        "page_count": fields.count("Pages"),
        "images": fields.image("Image"),
    },
    university_blocks=True,
    document_types={
        "oil_gas_lease": ["OGL", "OIL GAS LEASE", "OIL & GAS LEASE"],
        "lease_memorandum": ["MEMO OGL"],
        "lease_assignment": ["ASG OGL", "ASSIGN OGL"],
        "lease_amendment": ["AMD OGL"],
        "lease_extension": ["EXT OGL"],
        "lease_ratification": ["RATIF OGL"],
        "lease_release": ["REL OGL"],
        "top_lease": ["TOP LEASE"],
        "mineral_deed": ["MINERAL DEED", "MIN DEED"],
        "royalty_deed": ["ROYALTY DEED"],
        "right_of_way": ["ROW", "RIGHT OF WAY"],
        "pooling": ["POOLING", "UNIT DESIG"],
        "affidavit": ["AFFIDAVIT", "AFFT"],
    },
)
