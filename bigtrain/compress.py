"""`python -m bigtrain.compress`: the smallest model like a registered one that is nearly as good."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from bigtrain.config.options import Options, options_command
from bigtrain.config.schema import FilePath, Text

USAGE = """\
python -m bigtrain.compress model=NAME@champion [max_loss=1%] [out=FILE.png] [tracking.uri=URI]

Leaves out columns, terms and trees that no longer matter, fits the rest again, and keeps weights in fewer
bits. The smallest model whose error over folds of the training rows is within max_loss of the least, the
standard error of that counted, becomes a version of the same name, with the alias `compressed` if its
holdout agrees; who is champion doesn't change.
"""


def _share(value: Any) -> Any:
    """Return the number that is meant by ``1%``."""
    text = str(value).strip()
    try:
        return float(text[:-1]) / 100 if text.endswith("%") else value
    except ValueError:
        return value


class CompressOptions(Options):
    """What is made smaller, and what that may cost."""

    model: Text = Field(description="a registered model: NAME, NAME@ALIAS or NAME/VERSION")
    max_loss: Annotated[float, BeforeValidator(_share), Field(ge=0, lt=1)] = Field(
        0.01, description="error that may be added: 1%, or 0.01"
    )
    out: FilePath | None = Field(None, description="where the picture goes, besides the run")


def run(options: CompressOptions) -> None:
    """Load the model, then compress it."""
    from bigtrain.compression import compress  # noqa: PLC0415 - seconds: the line is checked first
    from bigtrain.deploy import load_model, open_registry  # noqa: PLC0415

    store = open_registry(options.tracking)
    model = load_model(store, options.model)
    compress(store, model, options.max_loss, _say, None if options.out is None else Path(options.out))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


main = options_command(run, CompressOptions, USAGE)

if __name__ == "__main__":
    main()
