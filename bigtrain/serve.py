"""`python -m bigtrain.serve`: a registered model behind HTTP, on this machine."""

from __future__ import annotations

import sys
from typing import Annotated

from pydantic import Field

from bigtrain.config.options import Options, options_command

USAGE = """\
python -m bigtrain.serve model=NAME@champion [port=8000] [tracking.uri=URI]

Answers in the protocol of `mlflow models serve`, at http://127.0.0.1:PORT/invocations, until Ctrl-C; a page
at http://127.0.0.1:PORT says how to ask. When the alias moves to another version, so does what is served.
"""


class ServeOptions(Options):
    """What is served, and where."""

    model: str = Field(description="A registered model: NAME, NAME@ALIAS or NAME/VERSION.")
    port: Annotated[int, Field(ge=0, lt=65536)] = Field(8000, description="Where; 0: any port that is free.")


def run(options: ServeOptions) -> None:
    """Open the registry, then serve."""
    from bigtrain.deploy import open_registry  # noqa: PLC0415 - seconds: the line is checked first
    from bigtrain.deploy.serving import serve  # noqa: PLC0415

    serve(open_registry(options.tracking), options.model, options.port)


main = options_command(run, ServeOptions, USAGE)

if __name__ == "__main__":
    main(sys.argv[1:])
