"""Laws of a command whose line is a few KEY=VALUE: each word is understood, or refused with what there is."""

from typing import Literal

import pytest
from pydantic import Field

from bigtrain.config.options import Options, options_command, read_options


class Some(Options):
    """Options of each kind."""

    model: str = Field(description="which model")
    port: int = Field(5000, ge=0, lt=65536, description="The port.")
    format: Literal["a", "b"] = Field("a", description="The format.")
    rollback: bool = Field(False, description="Back.")


def never(options: Some) -> None:
    """What must not run."""
    pytest.fail(f"it ran with {options}")


def test_what_is_said_is_read() -> None:
    """Text becomes what the record has, a dot goes into a record, and the rest is as by default."""
    read = read_options(["model=x=y", "port=7", "rollback=true", "tracking.uri=sqlite:///m.db"], Some)
    assert (read.model, read.port, read.format, read.rollback) == ("x=y", 7, "a", True)
    assert (read.tracking.uri, read.tracking.artifacts, read.debug) == ("sqlite:///m.db", None, False)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ([], 64, "model=…: is missing; which model"),
        (["model"], 64, "not an option; received 'model'; allowed: tracking.uri=…"),
        (["model=x", "prot=1"], 64, "did you mean port=…?"),
        (["model=x", "tracking=1"], 64, "not an option"),
        (["--model", "x"], 64, "write model=x"),
        (["model=x", "--tracking.uri=y"], 64, "write tracking.uri=y"),
        (["model=x", "-f", "a"], 64, "not an option; received '-f'; allowed: tracking.uri=…"),
        (["model=x", "model=y"], 64, "model: said twice"),
        (
            ["model=x", "port=x"],
            78,
            "port: this value is not allowed; received 'x'; allowed: an integer >= 0",
        ),
        (["model=x", "format=c"], 78, "allowed: a, b"),
        (["model=x", "rollback=maybe"], 78, "allowed: true or false"),
    ],
)
def test_what_is_wrong_is_one_line(
    line: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exit code and one line, before anything is done."""
    with pytest.raises(SystemExit) as stop:
        options_command(never, Some, "usage")(line)
    message = capsys.readouterr().err
    assert (stop.value.code, message.count("\n")) == (code, 1)
    assert said in message


def test_help_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing else is needed for it."""
    options_command(never, Some, "usage\n")(["--help"])
    assert capsys.readouterr().out == "usage\n"
