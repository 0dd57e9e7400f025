"""The site: `sphinx-build -W docs build/docs` makes it, and refuses a broken link.

Sphinx with the furo theme; pages are Markdown (MyST), the API comes from the docstrings and the
configuration reference from the schema and the files of conf/ (`reference.py`).
"""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

from reference import configuration  # noqa: E402 - found since just now

import bigtrain  # noqa: E402 - the checkout's

project = "bigtrain"
release = bigtrain.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.mathjax"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "bigtrain"

myst_enable_extensions = ["amsmath", "deflist", "dollarmath"]
myst_heading_anchors = 3

napoleon_google_docstring = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"


def setup(app):
    """Write the parts of pages that are generated."""
    app.connect("source-read", _fill)


def _fill(_app, docname, source):
    """Put the generated text where a page asks for it."""
    if docname == "configuration":
        source[0] = source[0].replace("<!-- generated -->", configuration())
    if docname == "changelog":
        source[0] = (DOCS.parent / "CHANGELOG.md").read_text("utf-8")
