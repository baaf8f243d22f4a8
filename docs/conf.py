"""Settings of the documentation."""

from datetime import UTC, datetime

project = "oseberg"
author = "The Oseberg developers"
copyright = f"{datetime.now(UTC).year}, {author}"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
exclude_patterns = ["_build"]
autodoc_typehints = "description"
autodoc_preserve_defaults = True  # a default is shown as it is written, never with its value
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}
myst_heading_anchors = 3
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # names such as Result stand in several libraries
