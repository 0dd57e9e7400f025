"""`python -m bigtrain.distil`: a small linear model that predicts nearly what a registered one predicts."""

from __future__ import annotations

import sys

from pydantic import Field

from bigtrain.config.options import Options, options_command
from bigtrain.config.schema import Name, Text

USAGE = """\
python -m bigtrain.distil teacher=NAME@champion [model=NAME-student] [tracking.uri=URI]

Trains sparse linear models, on straight lines, splines and polynomials, to predict what the teacher predicts
of its training rows and of rows between these. The smallest of those nearest to the teacher is registered.
"""


class DistilOptions(Options):
    """Who teaches, and what the student is called."""

    teacher: Text = Field(description="a registered model: NAME, NAME@ALIAS or NAME/VERSION")
    model: Name | None = Field(None, description="the student's own model, NAME-student by default")


def run(options: DistilOptions) -> None:
    """Load the teacher, then let it teach."""
    from bigtrain.deploy import load_model, open_registry  # noqa: PLC0415 - seconds: the line is checked first
    from bigtrain.distillation import distil  # noqa: PLC0415

    store = open_registry(options.tracking)
    distil(store, load_model(store, options.teacher), options.model, _say)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


main = options_command(run, DistilOptions, USAGE)

if __name__ == "__main__":
    main()
