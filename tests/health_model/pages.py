"""Reads a page as a person or its script would."""

import base64
import gzip
import json
import re
from html import unescape


def packed(page):
    """Unpack what the page's script unpacks."""
    data = re.search(r'<script id="data" type="text/plain">([^<]+)</script>', page.read_text())[1]
    return json.loads(gzip.decompress(base64.b64decode(data)))


def section(text, heading):
    """Take one section of the overview as plain text."""
    start = text.index(f">{heading}</h2>")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text[start : text.index("</section>", start)])))
