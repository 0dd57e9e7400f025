"""A wrong value of a user's own file is refused with the file and the line at which it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from .runs import HERE, Tryout

MINE = f"{HERE}/sweeps/mine.yaml"
HEADER = "# @package _global_\n"

LINES: dict[str, tuple[int, str]] = {
    "seed: 1\nn_trials: 0\n": (
        78,
        f"{MINE}:3: n_trials: this value is not allowed; received 0; allowed: an integer >= 1",
    ),
    "seed: 1\nn_trail: 5\n": (78, f"{MINE}:3: n_trail: unknown key; did you mean n_trials?"),
    "estimator:\n  params:\n    l1: -1\n": (
        78,
        f"{MINE}:4: estimator.params.l1: this value is not allowed; received -1; allowed: a number >= 0",
    ),
    "space:\n  l1:\n    low: 0\n": (
        78,
        f"{MINE}:4: space.l1.low: log needs low above 0; received 0.0; "
        "log: false takes it away, whichever file it is of",
    ),
    "space: 5\n": (78, f"{MINE}:2: space: this is no set of knobs; received 5; allowed: {{knob: …}}"),
    "name: a/b\n": (
        78,
        f"{MINE}:2: name: a name is no path; received 'a/b'; allowed: 1 to 128 letters, digits, '.', '_' "
        "and '-', beginning with a letter or digit",
    ),
    "name: ${sed}\n": (78, f"{MINE}:2: name: Interpolation key 'sed' not found"),
    "space:\n  l1: [0, 1]\n": (
        78,
        "sweeps/mine: a list can't go over a mapping, nor a mapping over a list; a knob's choice(a,b) can",
    ),
    "defaults:\n  - mine\n": (78, "a defaults list comes back to itself"),
    "name: ${\n": (78, f"{MINE}: no viable alternative at input '${{'"),
    "null: 2\n": (78, f"{MINE}: Incompatible key type 'NoneType'"),
}


def write(path: str, text: str) -> None:
    """Write a file of the working folder, with its folders."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, "utf-8")


@pytest.mark.parametrize(("text", "refused"), LINES.items())
def test_a_recipes_fault_is_named_with_its_line(sweep: Tryout, text: str, refused: tuple[int, str]) -> None:
    """The line is one of the file's, its first being 1."""
    write("sweeps/mine.yaml", HEADER + text)
    assert refused == sweep.line("sweeps=mine")


def test_an_options_fault_is_named_with_its_line(sweep: Tryout) -> None:
    """A file of a group stands under the group's key."""
    write("conf/sampler/mine.yaml", "kind: grid\n\npoints: 1\n")
    code, line = sweep.line("sampler=mine")
    assert code == 78
    assert line.startswith(f"{HERE}/conf/sampler/mine.yaml:3: sampler.points: this value is not allowed")


def test_the_command_line_is_not_blamed_on_a_file(sweep: Tryout) -> None:
    """Where both say something, what counts is the command line's."""
    write("sweeps/mine.yaml", f"{HEADER}n_trials: 5\n")
    assert sweep.line("sweeps=mine", "n_trials=0")[1].startswith("n_trials: this value is not allowed")


def test_the_last_file_that_says_it_is_blamed(sweep: Tryout) -> None:
    """A recipe goes over the files of the groups."""
    write("conf/sampler/mine.yaml", "kind: grid\npoints: 5\n")
    write("sweeps/mine.yaml", f"{HEADER}sampler:\n  points: 1\n")
    assert sweep.line("sweeps=mine", "sampler=mine")[1].startswith(f"{MINE}:3: sampler.points: ")


def test_references_that_multiply_are_refused(sweep: Tryout) -> None:
    """Each refers twice to the next: 2 ** 40 values, of which none is asked for."""
    bomb = "".join(f'a{i}: "${{a{i + 1}}}${{a{i + 1}}}"\n' for i in range(40))
    write("sweeps/mine.yaml", f"{HEADER}{bomb}a40: x\n")
    assert sweep.line("sweeps=mine") == (78, f"{MINE}:41: more than 30 references ${{…}}")


def test_folders_of_the_searchpath_are_read_as_strictly(sweep: Tryout) -> None:
    """What Hydra would call is refused in files that hydra.searchpath adds, too."""
    write("more/data/mine.yaml", "# @package _global_\nhydra:\n  callbacks: {a: {_target_: a.b}}\n")
    code, line = sweep.line(f"hydra.searchpath=[file://{Path.cwd()}/more]", "data=mine")
    assert (code, line) == (
        77,
        f"{HERE}/more/data/mine.yaml:3:19: _target_ could run any code; name a part by its kind instead",
    )
