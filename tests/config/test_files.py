"""Files: every one that ships composes; a user's own come first; a broken one is refused with its place."""

from __future__ import annotations

from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pytest

from bigtrain.config.app import compose
from bigtrain.config.sources import shipped_root
from bigtrain.config.strict_yaml import read_yaml
from bigtrain.errors import BigtrainError
from bigtrain.families import FAMILIES

from .runs import HERE, Tryout

ROOT = shipped_root()
TPE = f"{HERE}/conf/sampler/tpe.yaml"
NEEDED = {
    "csv": ["data.path=x.csv", "data.target=y"],
    "parquet": ["data.path=x.parquet", "data.target=y"],
    "group": ["split.column=shop"],
}
OPTIONS = [(path.parent.name, path.stem) for path in sorted((ROOT / "conf").glob("*/*.yaml"))]
RECIPES = [path.stem for path in sorted((ROOT / "sweeps").glob("*.yaml"))]


def choosing(group: str, option: str) -> list[str]:
    """Return the command line that takes a file of conf/, with what it needs beside it."""
    if group == "optimizer":
        return ["space=none", f"+optimizer@space.optimizer.choices.{option}={option}"]
    of_family = [f"estimator={option}"] if group == "space" and option in FAMILIES else []
    return [f"{group}={option}", *of_family, *NEEDED.get(option, [])]


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes(group: str, option: str) -> None:
    """Each file of conf/ makes a whole configuration with the defaults of the others, and says what it is."""
    assert (ROOT / "conf" / group / f"{option}.yaml").read_text("utf-8").startswith("# ")
    family = FAMILIES.get(option)
    if family and find_spec(family.package) is None:
        with pytest.raises(BigtrainError, match=f"pip install {family.package}"):
            compose(choosing(group, option))
        return
    config = compose(choosing(group, option))
    assert getattr(getattr(config, group, None), "kind", option) == option
    if family:
        assert config.estimator.kind == option
        assert config.space.knobs


@pytest.mark.parametrize("family", ["elastic_net", "knn"])
def test_an_estimators_name_chooses_its_space(family: str) -> None:
    """`estimator=knn` alone searches what conf/space/knn.yaml says."""
    assert compose([f"estimator={family}"]).space == compose([f"estimator={family}", f"space={family}"]).space


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_composes(recipe: str) -> None:
    """Each file of sweeps/ makes a whole configuration, and begins with its question and its command."""
    compose([f"sweeps={recipe}"])
    package, question, command = (ROOT / "sweeps" / f"{recipe}.yaml").read_text("utf-8").splitlines()[:3]
    assert package == "# @package _global_"
    assert question.endswith("?")
    assert command.startswith("#   python -m bigtrain.sweep")


@pytest.mark.parametrize(
    ("recipe", "data", "sampler"),
    list(product(RECIPES, ("diabetes", "csv"), ("tpe", "grid"))),
)
def test_parts_go_with_one_another(recipe: str, data: str, sampler: str) -> None:
    """What a recipe says, a command line may change."""
    config = compose([f"sweeps={recipe}", f"data={data}", f"sampler={sampler}", *NEEDED.get(data, [])])
    assert (config.data.kind, config.sampler.kind) == (data, sampler)


def test_nothing_said_is_the_first_sweep(sweep: Tryout) -> None:
    """Nothing said: scikit-learn's diabetes table, 64 trials, named after the table."""
    config = sweep.config()
    assert (config.name, config.data.kind, config.n_trials, config.cv) == ("diabetes", "diabetes", 64, 5)
    assert config.resolved["name"] == "diabetes"
    assert config.resolved["space"] == config.space.to_data()


OWN_RECIPE = """\
# @package _global_
# Which penalty suits my table?
#   python -m bigtrain.sweep sweeps=mine
defaults:
  - override /data: csv
  - override /sampler: random

data:
  path: my table.csv
  target: {target}
space:
  l1: tag(log,interval(1e-6,1e-2))
  l2: 0
"""


def write(path: str, content: str | bytes) -> None:
    """Write a file of the working folder, with its folders."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize(("beginning", "end"), [("", "\n"), ("\ufeff", "\r\n")])
def test_a_users_recipe(sweep: Tryout, beginning: str, end: str) -> None:
    """A recipe in ./sweeps may choose parts and give knobs, however an editor saved it."""
    write("sweeps/mine.yaml", beginning + OWN_RECIPE.format(target="price").replace("\n", end))
    config = sweep.config("sweeps=mine")
    assert (config.name, config.data.path, config.data.target) == ("my-table", "my table.csv", "price")
    assert config.sampler.kind == "random"
    assert config.space.to_data()["l1"] == {"low": 1e-6, "high": 1e-2, "log": True}
    assert config.space.to_data()["l2"] == 0.0
    assert "sweeps: automl, diabetes, document, mine" in sweep("--help").out


def test_a_users_files_come_first(sweep: Tryout) -> None:
    """A file of ./conf or ./sweeps stands in for the shipped one of its name; others are added."""
    write("conf/sampler/tpe.yaml", "kind: tpe\nn_startup_trials: 3\n")
    write("conf/sampler/wide.yaml", "kind: grid\npoints: 9\n")
    write("sweeps/diabetes.yaml", "# @package _global_\nn_trials: 7\n")
    assert sweep.config().sampler.n_startup_trials == 3
    assert sweep.config().n_trials == 7
    assert sweep.config("sampler=wide").sampler.points == 9
    assert sweep.config("sampler=random").sampler.kind == "random"


LION = """\
# Lion, with a penalty's literal rule
learning_rate: {low: 1.0e-4, high: 0.1, log: true}
l1_step: subgradient
"""


def test_an_optimizers_ranges_are_a_file(sweep: Tryout) -> None:
    """A file of one's own conf/optimizer/ joins on the command line, in a space of one's own, in a recipe."""
    write("conf/optimizer/lion.yaml", LION)
    write("conf/space/mine.yaml", "defaults: [gradient, /optimizer@optimizer.choices.lion: lion]\n")
    write(
        "sweeps/mine.yaml",
        "# @package _global_\ndefaults: [/optimizer@space.optimizer.choices.lion: lion]\n",
    )
    plain = sweep.config().space.to_data()
    lion = {"learning_rate": {"low": 1e-4, "high": 0.1, "log": True}, "l1_step": "subgradient"}
    expected = {**plain, "optimizer": {"choices": {**plain["optimizer"]["choices"], "lion": lion}}}
    for said in ("+optimizer@space.optimizer.choices.lion=lion", "space=mine", "sweeps=mine"):
        assert sweep.config(said).space.to_data() == expected
    narrowed = sweep.config("space=mine", "space.optimizer=lion", "space.learning_rate=0.01").space.to_data()
    assert narrowed["optimizer"] == {"choices": {"lion": {**lion, "learning_rate": 0.01}}}


def test_an_optimizers_file_stands_in_for_the_shipped_one(sweep: Tryout) -> None:
    """What ./conf/optimizer says of adam is what adam has, and a fault of it is named with its line."""
    write("conf/optimizer/adam.yaml", "learning_rate: 0.1\n")
    assert sweep.config().space.to_data()["optimizer"]["choices"]["adam"] == {"learning_rate": 0.1}
    write("conf/optimizer/adam.yaml", "learning_rate: 0.1\nrho: 0.5\n")
    assert sweep.line()[1].startswith(
        f"{HERE}/conf/optimizer/adam.yaml:2: space.optimizer.choices.adam.rho: "
    )


def test_families_come_and_go(sweep: Tryout) -> None:
    """Of the ready space, some can be kept, one removed; their starting points go with them."""
    kept = sweep.config("space=automl", "space.estimator=[ridge, knn]")
    assert kept.space.families == {"ridge", "knn"}
    assert len(kept.space.starting_points(kept.start)) == 3
    assert "knn" not in sweep.config("space=automl", "~space.estimator.choices.knn").space.families


def test_a_folder_of_the_command_line_comes_before_all(sweep: Tryout) -> None:
    """--config-dir is looked in before ./conf, for options and for the knobs under an override alike."""
    write("conf/space/own.yaml", "l1: 1\n")
    write("other/space/own.yaml", "l1: 2\nl2: [3, 4]\n")
    assert sweep.config("space=own").space.to_data() == {"l1": 1.0}
    for option in ("-cd", "--config-path"):
        config = sweep.config(option, "other", "space=own", "space.l1=5")
        assert config.space.to_data() == {"l1": 5.0, "l2": [3.0, 4.0]}
    assert sweep.config("space=own").space.to_data() == {"l1": 1.0}


def test_another_primary_configuration(sweep: Tryout) -> None:
    """A user's own conf/NAME.yaml can begin the defaults list, its knobs under overrides too."""
    text = (ROOT / "conf" / "sweep.yaml").read_text("utf-8")
    write("conf/mine.yaml", text.replace("n_trials: 64", "n_trials: 5"))
    config = sweep.config("--config-name", "mine", "space.l1=[0, 1]")
    assert config.n_trials == 5
    assert config.space.to_data()["l1"] == [0.0, 1.0]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
UTF8 = "this is not UTF-8; save the file as UTF-8"
MAPPING = "a configuration is a mapping of keys to values"

BROKEN: dict[str, tuple[str | bytes, str]] = {
    "tab": ("kind: tpe\n\tx: 1\n", "2:1: broken YAML: a tab can't indent, use spaces"),
    "open bracket": (
        "kind: [tpe\n",
        "2:1: broken YAML: while parsing a flow sequence, did not find expected ',' or ']'",
    ),
    "open brace": (
        "a:\n  kind: {tpe: 1\nb: 2\n",
        "3:2: broken YAML: while parsing a flow mapping, did not find expected ',' or '}'",
    ),
    "open quote": (
        'kind: "tpe\n',
        "2:1: broken YAML: while scanning a quoted scalar, found unexpected end of stream",
    ),
    "bad indent": (
        "kind: tpe\n  x: 1\n",
        "2:4: broken YAML: mapping values are not allowed in this context",
    ),
    "duplicate key": ("kind: tpe\nx: 1\nkind: grid\n", "3:1: this key stands there twice; received 'kind'"),
    "duplicate key inside": (
        "kind: tpe\nx:\n  - {a: 1, a: 2}\n",
        "3:12: this key stands there twice; received 'a'",
    ),
    "alias bomb": (BOMB, "2:8: aliases are not allowed; write the value out, or refer to it by ${key}"),
    "endless alias": (
        "a: &a [*a]\n",
        "1:8: aliases are not allowed; write the value out, or refer to it by ${key}",
    ),
    "merge key": (
        "a: &a {x: 1}\nb:\n  <<: *a\n",
        "3:7: aliases are not allowed; write the value out, or refer to it by ${key}",
    ),
    "Latin-1": ("kind: tpe\n# é\n".encode("latin-1"), f"2: {UTF8}"),
    "UTF-16": ("kind: tpe\n".encode("utf-16"), f"1: {UTF8}"),
    "NUL": ("kind: tpe\nx: a\0b\n", "2:5: this character is not allowed in YAML; received '\\x00'"),
    "too deep": ("a: " + "[" * 5_000, "1:43: nested deeper than 40"),
    "list": ("- kind\n- tpe\n", f"1:1: {MAPPING}"),
    "text": ("tpe\n", f"1:1: {MAPPING}"),
    "two documents": (
        "kind: tpe\n---\nkind: grid\n",
        "2:1: broken YAML: expected a single document in the stream, but found another document",
    ),
    "a key that is a list": ("? [a, b]\n: 1\n", "1:3: a key is plain text"),
    "a tag": (
        "kind: !!python/object:os.system tpe\n",
        "1:7: tags are not allowed; received 'tag:yaml.org,2002:python/object:os.system'",
    ),
    "code": (
        "kind: tpe\nhydra:\n  callbacks: {a: {_target_: os.system}}\n",
        "3:19: _target_ could run any code; name a part by its kind instead",
    ),
}


@pytest.mark.parametrize(("content", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_refused_with_its_place(tmp_path: Path, content: str | bytes, said: str) -> None:
    """File, line and column in one line, soon, whatever is broken."""
    path = tmp_path / "broken.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BigtrainError) as refused:
        read_yaml(path)
    assert f"{path}:{said}" == str(refused.value)
    assert refused.value.exit_code == (77 if "could run" in said else 78)


@pytest.mark.parametrize("path", ["conf/sampler/tpe.yaml", "sweeps/diabetes.yaml", "conf/sweep.yaml"])
def test_a_broken_file_is_refused_wherever_it_stands(sweep: Tryout, path: str) -> None:
    """In ./conf or ./sweeps, for a run, for --help and for --cfg."""
    write(path, BROKEN["tab"][0])
    expected = (78, f"{HERE}/{path}:{BROKEN['tab'][1]}")
    assert expected == sweep.line()
    assert expected == sweep.line("--help")
    assert expected == sweep.line("--cfg", "job", "space.l1=0")


def test_a_huge_file_is_not_read(sweep: Tryout) -> None:
    """A table given in place of a configuration is no configuration."""
    write("sweeps/huge.yaml", b"a: 1\n" * 300_000)
    assert sweep.line("sweeps=huge") == (78, f"{HERE}/sweeps/huge.yaml: larger than 1,000,000 bytes")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "kind: tpe\nn_startup_trial: 1\n",
            f"{TPE}:2: sampler.n_startup_trial: unknown key; did you mean sampler.n_startup_trials?",
        ),
        ("1: 2\nkind: tpe\n", f"{TPE}:1: sampler.1: unknown key; there are: kind, n_startup_trials, points"),
        ("null: 2\nkind: tpe\n", None),
        (
            "kind: tpe\nn_startup_trials: ${nope}\n",
            f"{TPE}:2: sampler.n_startup_trials: Interpolation key 'nope' not found",
        ),
        ("kind: ${kind}\n", None),
        ("kind: ${sampler.kind}\n", None),
        ("kind: ${\n", None),
        ("defaults: [nope]\nkind: tpe\n", None),
        ("defaults: 5\nkind: tpe\n", None),
        ("defaults: [tpe]\nkind: tpe\n", None),
    ],
)
def test_a_file_that_is_wrong_though_not_broken(sweep: Tryout, content: str, expected: str | None) -> None:
    """Odd keys, interpolations and defaults lists: one line, and a code of ours."""
    write("conf/sampler/tpe.yaml", content)
    code, line = sweep.line()
    assert code == 78
    assert expected in (None, line)


def test_a_folder_of_another_kind_does_no_harm(sweep: Tryout) -> None:
    """Files named conf and sweeps, and somebody else's conf/, are nothing to us."""
    write("conf", "a file")
    write("sweeps", "a file")
    assert sweep.config().name == "diabetes"
    Path("conf").unlink()
    write("conf/database/mysql.yaml", "\tbroken")
    assert sweep.config().name == "diabetes"
