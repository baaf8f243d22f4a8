"""Example County, Texas: a CSV export with one row per document."""

from oseberg.county_parsers import TYPE, County, Delimited, OneEach, fields

county = County(
    name="Example",
    state="TX",
    fips="48999",
    files="EXAMPLE_*.csv",
    basis="made up",
    reviewed="the project's founders",
    reader=Delimited(
        columns=["Number", "Type", "Recorded", "Book", "Page", "Grantor", "Grantee", "Legal", "Pages", "Image"],
    ),
    documents=OneEach(number="Number"),
    fields={
        "instrument_number": fields.text("Number"),
        TYPE: fields.document_type("Type"),
        "recorded_on": fields.day("Recorded", "%m/%d/%Y"),
        "volume": fields.text("Book"),
        "page": fields.text("Page"),
        "grantors": fields.parties("Grantor"),
        "grantees": fields.parties("Grantee"),
        "legals": fields.legals("Legal"),
        "page_count": fields.count("Pages"),
        "images": fields.image("Image"),
    },
    document_types={
        "oil_gas_lease": ["OGL"],
        "lease_release": ["REL OGL"],
    },
)
