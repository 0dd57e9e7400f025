"""The site: `sphinx-build -W docs build/docs` makes it, and refuses a broken link.

Sphinx with the furo theme; pages are Markdown (MyST), the API comes from the docstrings and the
configuration reference from the schema and the files of conf/ (`reference.py`). Formulas become MathML, which
browsers draw by themselves: the site fetches nothing from elsewhere.
"""

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path[:0] = [str(DOCS), str(DOCS.parent)]

from docutils import nodes  # noqa: E402
from latex2mathml.converter import convert  # noqa: E402
from reference import configuration  # noqa: E402 - found since just now

import bigtrain  # noqa: E402 - the checkout's

project = "bigtrain"
html_math_renderer = "mathml"
release = bigtrain.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = "bigtrain"
html_show_copyright = False

myst_enable_extensions = ["amsmath", "deflist", "dollarmath"]
myst_heading_anchors = 3

napoleon_google_docstring = False
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"


def setup(app):
    """Write the parts of pages that are generated."""
    app.connect("source-read", _fill)
    app.add_html_math_renderer("mathml", inline_renderers=(_inline, None), block_renderers=(_block, None))


def _fill(_app, docname, source):
    """Put the generated text where a page asks for it."""
    if docname == "configuration":
        source[0] = source[0].replace("<!-- generated -->", configuration())
    if docname == "changelog":
        source[0] = (DOCS.parent / "CHANGELOG.md").read_text("utf-8")


def _inline(writer, node):
    """Write a formula of a sentence."""
    writer.body.append(convert(node.astext()))
    raise nodes.SkipNode


def _block(writer, node):
    """Write a formula of its own line, wide ones with a scroll bar."""
    formula = convert(node.astext(), display="block")
    writer.body.append(f'<div style="overflow-x: auto">{formula}</div>')
    raise nodes.SkipNode
