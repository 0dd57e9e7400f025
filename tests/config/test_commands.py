"""The command as a process of its own: codes, speed by what is not imported, help, completion, the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bigtrain.config.about import about
from bigtrain.config.schema import NOT_ASKED, SweepConfig
from bigtrain.config.sources import shipped_root
from tests import forks

REPOSITORY = Path(__file__).parents[2]
SLOW = ("mlflow", "numba", "numpy", "optuna", "pandas", "scipy", "sklearn", "sqlalchemy")

# Ends as the command does, and then says which slow modules it imported.
WATCHED = f"""
import sys
from bigtrain.sweep import main
sys.argv[0] = "sweep.py"
try:
    main()
finally:
    print("imported:", *(name for name in {SLOW} if name in sys.modules), file=sys.stderr)
"""


def run(
    *arguments: str, folder: Path, program: tuple[str, ...] = ("-m", "bigtrain.sweep"), **more: str
) -> subprocess.CompletedProcess[str]:
    """Run Python in an empty folder, with this bigtrain."""
    return subprocess.run(
        [sys.executable, *program, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **more},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (
            ["n_trials=0"],
            78,
            "error: n_trials: this value is not allowed; received 0; allowed: an integer >= 1\n",
        ),
        (["--nope"], 64, "error: there is no such option; received '--nope'; --help tells what there is\n"),
        (
            ["space.l1=-1"],
            78,
            "error: space.l1: this value is not allowed; received -1; allowed: a number >= 0\n",
        ),
        (["--help"], 0, ""),
        (["-m", "seed=1,2", "--help"], 0, ""),
    ],
)
def test_what_is_wrong_is_said_before_anything_slow(
    tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    """A configuration error and --help need none of the packages that take seconds, and write nothing."""
    ended = run(*arguments, folder=tmp_path, program=("-W", "error", "-c", WATCHED))
    assert ended.returncode == code
    assert ended.stderr == f"{said}imported:\n"
    assert list(tmp_path.iterdir()) == []


def test_the_module_is_a_command(tmp_path: Path) -> None:
    """`python -m bigtrain.sweep` takes its own arguments and its own exit code."""
    ended = run("name=../x", folder=tmp_path)
    assert ended.returncode == 78
    assert ended.stderr.startswith("error: name: a name is no path")
    shown = run("--cfg", "job", "seed=3", folder=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "seed: 3" in shown.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("typed", ["space.l1={low:1e-6,high:1e-2,log:true}", "start=[{l1:0.1,l2:0.1}]"])
def test_what_a_shell_took_apart_is_said(typed: str, tmp_path: Path) -> None:
    """Without quotes bash makes several arguments of one; quoted, it is what was meant."""
    line = f"printf '%s\\n' {typed}"
    pieces = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True).stdout.split()
    assert len(pieces) > 1
    ended = forks.run("bigtrain.sweep", "--cfg", "job", *pieces, folder=tmp_path)
    assert ended.code == 64
    assert (
        f"the shell took {{…}} apart; received '{' '.join(p.partition('=')[2] for p in pieces)}'" in ended.err
    )
    assert ended.err.endswith(f"; quote it: '{typed.partition('=')[0]}=…'\n")
    assert forks.run("bigtrain.sweep", "--cfg", "job", typed, folder=tmp_path).code == 0


def test_help_names_everything(tmp_path: Path) -> None:
    """--help has the commands of the README, every group and recipe, and every key with what it decides."""
    shown = forks.run("bigtrain.sweep", "--help", folder=tmp_path).out
    root = shipped_root()
    for path in (*(root / "conf").glob("*/*.yaml"), *(root / "sweeps").glob("*.yaml")):
        assert path.stem in shown
    assert "python -m bigtrain.sweep sweeps=document" in shown
    words = " ".join(shown.split())
    for name, field in SweepConfig.model_fields.items():
        assert about(field) or name in NOT_ASKED
        assert (f" {name} {about(field)} " in words) is (name not in NOT_ASKED)


def test_nobody_listens(tmp_path: Path) -> None:
    """A reader that leaves early, as `head` does, is no error."""
    gone, ours = os.pipe()
    os.close(gone)
    with os.fdopen(ours, "w") as closed:
        ended = subprocess.run(
            [sys.executable, "-m", "bigtrain.sweep", "--help"],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (141, "")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("samp", "sampler= sampler."),
        ("sampler=", "sampler=cmaes sampler=grid sampler=qmc sampler=random sampler=tpe"),
        ("sweeps=d", "sweeps=diabetes sweeps=document"),
        ("n_tr", "n_trials="),
    ],
)
def test_the_tab_key_completes(tmp_path: Path, typed: str, offered: str) -> None:
    """Hydra's completion is asked as its shell script asks it."""
    line = {"COMP_LINE": f"bigtrain-sweep {typed}", "COMP_POINT": "99"}
    ended = forks.run("bigtrain.sweep", "-sc", "query=bash", folder=tmp_path, environment=line)
    assert ended.code == 0
    assert set(offered.split()) <= set(ended.out.split())


@pytest.mark.slow
def test_the_wheel_brings_its_configuration(tmp_path: Path) -> None:
    """What is built holds conf/ and sweeps/, and finds them from any folder, own files first."""
    built, installed, empty = (tmp_path / name for name in ("built", "installed", "empty"))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run([*pip, "wheel", "--no-deps", "-w", built, REPOSITORY], check=True)
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        names = {name.removeprefix("bigtrain/_shipped/") for name in content.namelist()}
    root = shipped_root()
    shipped = [*(root / "conf").rglob("*.yaml"), *(root / "sweeps").rglob("*.yaml")]
    assert {str(path.relative_to(root)) for path in shipped} <= names
    subprocess.run([*pip, "install", "--no-deps", "--target", installed, wheel], check=True)
    empty.mkdir()
    shown = run("--cfg", "job", folder=empty, PYTHONPATH=str(installed))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "kind: diabetes" in shown.stdout
    (empty / "sweeps").mkdir()
    (empty / "sweeps" / "mine.yaml").write_text("# @package _global_\nn_trials: 3\n")
    assert "n_trials: 3" in run("--cfg", "job", "sweeps=mine", folder=empty, PYTHONPATH=str(installed)).stdout
