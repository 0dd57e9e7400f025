"""`python -m bigtrain.promote`: make a version the champion by hand, or go back to the one before."""

from __future__ import annotations

import sys

from pydantic import Field, PositiveInt

from bigtrain.config.options import Options, options_command
from bigtrain.config.schema import Alias, Text
from bigtrain.errors import UsageError

USAGE = """\
python -m bigtrain.promote model=NAME version=N [why=TEXT] [alias=champion] [tracking.uri=URI]
python -m bigtrain.promote model=NAME rollback=true

Gives the alias to a version, whatever the evidence, or back to whoever had it before. Who did it, when and
why is kept with the model.
"""


class PromoteOptions(Options):
    """What can be said to it."""

    model: Text = Field(description="the registered model")
    version: PositiveInt | None = Field(None, description="the version to promote")
    rollback: bool = Field(False, description="give the alias back to whoever had it before")
    alias: Alias = Field("champion", description="the alias")
    why: Text = Field("by hand", description="the reason, kept with the version")


def run(options: PromoteOptions) -> None:
    """Do it, and say what the numbers say of it."""
    if (options.version is not None) == options.rollback:
        raise UsageError("needs version=N or rollback=true, one of them", where="bigtrain.promote")
    from bigtrain.deploy import open_registry  # noqa: PLC0415 - seconds, once the options are known to be good
    from bigtrain.registry.promotion import promote_by_hand, roll_back  # noqa: PLC0415
    from bigtrain.registry.versions import RegisteredVersion  # noqa: PLC0415

    store = open_registry(options.tracking)
    if options.version is None:
        version = roll_back(store, options.model, alias=options.alias, why=options.why)
        sys.stdout.write(f"{version.name} version {version.version} @{options.alias} again\n")
        return
    version = RegisteredVersion(options.model, str(options.version))
    promotion = promote_by_hand(store, version, alias=options.alias, why=options.why)
    sys.stdout.write(f"{version.name} version {version.version} @{promotion.alias}: {promotion.reason}\n")


main = options_command(run, PromoteOptions, USAGE)

if __name__ == "__main__":
    main()
