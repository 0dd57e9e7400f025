"""`python -m bigtrain.predict`: what a registered model says of each row of a file."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from pydantic import Field

from bigtrain.config.options import Options, options_command
from bigtrain.config.schema import FilePath
from bigtrain.wording import counted

USAGE = """\
python -m bigtrain.predict model=NAME@champion input=FILE output=FILE [tracking.uri=URI]

Writes the rows of a CSV or Parquet file again, with a last column `prediction`. Columns are found by name;
those the model doesn't know are kept. The file may be larger than memory.
"""


class PredictOptions(Options):
    """What is predicted, by what, and where it goes."""

    model: str = Field(description="A registered model: NAME, NAME@ALIAS or NAME/VERSION.")
    input: FilePath = Field(description="The rows: a .csv or .parquet file.")
    output: FilePath = Field(description="The file to write, .csv or .parquet.")


def run(options: PredictOptions) -> None:
    """Load the model, then predict."""
    from bigtrain.deploy import load_model, open_registry  # noqa: PLC0415 - seconds: the line is checked first
    from bigtrain.deploy.predicting import predict_file  # noqa: PLC0415
    from bigtrain.report.progress import file_progress  # noqa: PLC0415

    model = load_model(open_registry(options.tracking), options.model)
    began = time.monotonic()
    with file_progress(f"predicting with {model}") as progress:
        rows = predict_file(model, Path(options.input), Path(options.output), progress)
    seconds = time.monotonic() - began
    sys.stdout.write(f"{counted(rows, 'row')} predicted by {model} in {seconds:.1f} s: {options.output}\n")


main = options_command(run, PredictOptions, USAGE)

if __name__ == "__main__":
    main(sys.argv[1:])
