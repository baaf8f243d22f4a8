"""Settings of the documentation."""

import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # generated.py

project = "oseberg"
author = "The Oseberg developers"
copyright = f"{datetime.now(UTC).year}, {author}"  # noqa: A001 - Sphinx's name
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "generated"]
html_theme = "furo"
exclude_patterns = ["_build"]
default_role = "code"  # `so` in a docstring
highlight_language = "none"  # a block that names no language is a command or a grammar
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
autodoc_preserve_defaults = True  # a default is shown as it is written, never with its value
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "exclude-members": "model_config"}
myst_heading_anchors = 3
nb_execution_mode = "off"  # notebooks show the results they are stored with; a test runs them and compares
napoleon_use_ivar = True
suppress_warnings = ["ref.python"]  # names such as Result stand in several libraries
