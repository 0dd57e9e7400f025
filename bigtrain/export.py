"""`python -m bigtrain.export`: a registered model in another form, once it predicts the same in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from bigtrain.config.options import Options, options_command
from bigtrain.config.schema import FilePath, Text

USAGE = """\
python -m bigtrain.export model=NAME@champion format=onnx|sklearn|json out=PATH [tracking.uri=URI]

onnx     one file: the whole pipeline, from columns to prediction, for onnxruntime in any language
sklearn  a folder that mlflow.sklearn.load_model and `mlflow models serve` take
json     a linear model as a formula: what each column and each category adds, in the table's own units

What is exported is compared with the registered model first, on its holdout and on rows at the edges.
"""


class ExportOptions(Options):
    """What is exported, how, and where it goes."""

    model: Text = Field(description="a registered model: NAME, NAME@ALIAS or NAME/VERSION")
    format: Literal["onnx", "sklearn", "json"] = Field(description="onnx, sklearn or json")
    out: FilePath = Field(description="the file to write; for sklearn a new folder")


def run(options: ExportOptions) -> None:
    """Load the model, export it, and say how well it agrees."""
    from bigtrain.deploy import load_model, open_registry  # noqa: PLC0415 - seconds: the line is checked first
    from bigtrain.deploy.exporting import export  # noqa: PLC0415

    store = open_registry(options.tracking)
    model = load_model(store, options.model)
    export(store, model, options.format, Path(options.out), _say)
    _say(f"{model} exported as {options.format}: {options.out}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


main = options_command(run, ExportOptions, USAGE)

if __name__ == "__main__":
    main()
