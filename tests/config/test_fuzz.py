"""Whatever is generated is taken or refused in one line: no traceback, no hang."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bigtrain.config import check_config
from bigtrain.config.app import compose
from bigtrain.config.sources import ConfSource, shipped_root
from bigtrain.errors import BigtrainError

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 2**63, 10**400, 0.5, -0.0, 1e308, 5e-324, float("nan"), float("inf"),
    "", "x", "../x", "a/b", "adam", "lion", "null", "0", "é\n\0", "x" * 10_000, "${x}", "interval(0,1)",
    "interval(1,", "choice(1,null)", "range(0,1e9,1e-9)", "range(1,2,0)", "tag(a,b,interval(0,1))",
    "choice()", "tag(choice(interval(0,1)))", "_target_", [], [1, 1.0], [[1]], [None, "a"], {}, {"low": 0},
    {1: 2}, {None: None}, {"low": 1, "high": 2, "log": True}, {"low": 0, "high": 1, "step": 1e-12},
    {"choices": {}}, {"choices": [1]}, {"choices": {"adam": {"beta_1": 0.5}, "lion": None}},
    {"choices": {1: {"x": 1}, "1": {"x": 1}}}, {"_target_": "os.system"}, (1, 2), {1, 2}, b"x", object(),
)  # fmt: skip
KEYS = (
    "kind",
    "path",
    "space",
    "l1",
    "optimizer",
    "choices",
    "low",
    "",
    "é",
    "_target_",
    1,
    None,
    "adam",
    "params",
)
WORDS = (
    "space", "space.l1", "space.optimizer", "space.optimizer.choices.adam", "seed", "data", "data.path",
    "sampler", "name", "estimator.params.l1", "hydra.run", "hydra", "sweeps", "tracking.uri", "nope", "",
    "space.l1.low", "data@space", "a b",
)  # fmt: skip
TEXTS = (
    "0", "-1", "adam", "csv", "[0,1]", "[", "]", "{low:0,high:1}", "{a:", "{}", "null", "???", "${x}", "${",
    "'", '"', "a,b", "interval(0,1)", "choice(1,", "tag(log,interval(1,2))", "range(1,9,0)", "glob(*)",
    "sort(1,2)", "shuffle(a,b)", "\\", "1e999", "nan", "é", "\t", "=", "a=b", "{_target_:x}", "x" * 5_000,
    "[" * 200, "$(ls)", "a;b", "../..", "!!x", "&a", "*a",
)  # fmt: skip


def mutated(value: Any, draw: random.Random) -> Any:
    """Return a configuration with some parts replaced, removed or added."""
    if draw.random() < 0.03:
        return copy.copy(draw.choice(ODD))
    if isinstance(value, dict):
        result = {key: mutated(below, draw) for key, below in value.items() if draw.random() > 0.01}
        if draw.random() < 0.03:
            result[draw.choice(KEYS)] = copy.copy(draw.choice(ODD))
        return result
    return value


def mutated_text(text: bytes, draw: random.Random) -> bytes:
    """Return a file with some bytes removed, doubled, moved or replaced."""
    for _ in range(draw.randint(1, 4)):
        at, width = draw.randrange(len(text) + 1), draw.randint(0, 8)
        new = draw.choice(
            (
                b"",
                b"\t",
                b"\0",
                b"[",
                b"{",
                b"'",
                b'"',
                b": ",
                b"- ",
                b"\n",
                b"&a ",
                b"*a",
                b"!!x ",
                b"\xff",
                b"? ",
            )
        )
        text = text[:at] + new + text[at + width :]
    return text


def argument(draw: random.Random) -> str:
    """Return an override, mostly of the right form."""
    sign = draw.choice(("", "", "", "+", "++", "~"))
    return sign + draw.choice(WORDS) + draw.choice(("=", "=", "=", "", "==")) + draw.choice(TEXTS)


def refusal(call: Callable[[], object]) -> str | None:
    """Return what a call was refused with, one line with a code of ours; None if it went through."""
    try:
        call()
    except BigtrainError as refused:
        return str(refused) if 64 <= refused.exit_code <= 78 else "\n"
    return None


def check_configurations(count: int) -> None:
    """Check mutated configurations; of one that is taken, the first point of the grid exists."""
    draw, base = random.Random(0), compose(["sampler=grid"]).resolved

    def first_point(plain: dict[str, Any]) -> dict[str, Any]:
        config = check_config(plain)
        return config.space.grid(config.sampler.points)[0]

    taken = 0
    for _ in range(count):
        plain = mutated(base, draw)
        said = refusal(lambda: first_point(plain)) if isinstance(plain, dict) else None  # noqa: B023 - called at once
        assert "\n" not in (said or ""), plain
        taken += said is None
    assert 0 < taken < count


def check_files(count: int, folder: Path) -> None:
    """Read mutated files as Hydra would be given them."""
    draw = random.Random(1)
    files = [path.read_bytes() for path in (shipped_root() / "conf").rglob("*.yaml")]
    source = ConfSource("test", f"conf://{folder}")
    taken = 0
    for _ in range(count):
        (folder / "mutated.yaml").write_bytes(mutated_text(draw.choice(files), draw))
        said = refusal(lambda: source.load_config("mutated"))
        assert said is None or (said.startswith(str(folder)) and "\n" not in said)
        taken += said is None
    assert 0 < taken < count


def check_lines(count: int) -> None:
    """Compose generated command lines."""
    draw, taken = random.Random(2), 0
    for _ in range(count):
        arguments = [argument(draw) for _ in range(draw.randint(1, 2))]
        said = refusal(lambda: compose(arguments))  # noqa: B023 - called at once
        assert "\n" not in (said or ""), arguments
        taken += said is None
    assert 0 < taken < count


def test_generated_configurations() -> None:
    """A small dose of the long run below."""
    check_configurations(300)


def test_generated_files(tmp_path: Path) -> None:
    """A small dose of the long run below."""
    check_files(300, tmp_path)


def test_generated_command_lines() -> None:
    """A small dose of the long run below."""
    check_lines(25)


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_ten_thousand_of_each(tmp_path: Path) -> None:
    """10,000 configurations and as many files, and 1,000 command lines."""
    check_configurations(10_000)
    check_files(10_000, tmp_path)
    check_lines(1_000)
