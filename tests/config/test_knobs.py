"""Knobs on the command line: each replaces what the files say of it, whole; and sweeps of sweeps."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from bigtrain.config.app import compose
from bigtrain.config.line import Job

from .runs import Tryout
from .test_files import ROOT, write

DEFAULT = compose().space.to_data()
OPTIONS: dict[str, Any] = DEFAULT["optimizer"]["choices"]


@pytest.mark.parametrize(
    ("text", "knob"),
    [
        ("0", 0.0),
        ("1e-3", 1e-3),
        ("[0,1]", [0.0, 1.0]),
        ("[0.1]", 0.1),
        ("{low:1,high:2}", {"low": 1.0, "high": 2.0}),
        ("{low:1,high:2,log:true}", {"low": 1.0, "high": 2.0, "log": True}),
        ("{low:0,high:1,step:0.25}", {"low": 0.0, "high": 1.0, "step": 0.25}),
        ("{choices:[1,2]}", [1.0, 2.0]),
        ("interval(0,1)", {"low": 0.0, "high": 1.0}),
        ("'interval(0,1)'", {"low": 0.0, "high": 1.0}),
        ("tag(log,interval(1e-6,1e-2))", {"low": 1e-6, "high": 1e-2, "log": True}),
        ("choice(0,1)", [0.0, 1.0]),
        ("range(0,1,0.25)", {"low": 0.0, "high": 0.75, "step": 0.25}),
        ("range(1,4)", {"low": 1.0, "high": 3.0, "step": 1.0}),
        ("range(1,2)", 1.0),
    ],
)
def test_a_knob_is_replaced_whole(text: str, knob: Any) -> None:
    """Nothing of the old one is left, and no other knob changes or moves."""
    space = compose([f"space.l1={text}"]).space.to_data()
    assert {**DEFAULT, "l1": knob} == space
    assert list(DEFAULT) == list(space)


@pytest.mark.parametrize("text", ["choice(32,null)", "[32,null]", "{choices:[32,null]}"])
def test_null_is_a_value_like_others(text: str) -> None:
    """Full batch is one of the choices."""
    assert compose([f"space.optimizer.choices.adam.batch_size={text}"]).space.to_data()["optimizer"][
        "choices"
    ]["adam"]["batch_size"] == [32, None]


def test_integers_stay_integers() -> None:
    """Hydra's interval says 8.0 where the parameter is an integer."""
    assert compose(["space.max_iter=interval(8,64)"]).space.to_data()["max_iter"] == {"low": 8, "high": 64}


@pytest.mark.parametrize(
    ("overrides", "space"),
    [
        (["+space.l1=0"], {**DEFAULT, "l1": 0.0}),
        (["++space.l1=0"], {**DEFAULT, "l1": 0.0}),
        (["~space.l1"], {k: v for k, v in DEFAULT.items() if k != "l1"}),
        (["~space.l1", "~space.l2", "~space.optimizer"], {}),
        (["~space"], {}),
        (["space=null"], {}),
        (["space={}"], {}),
        (["space={l1:[1,2]}"], {"l1": [1.0, 2.0]}),
        (["+space={l1:[1,2]}", "space.l2=3"], {"l1": [1.0, 2.0], "l2": 3.0}),
        (["space.l2=3", "space={l1:[1,2]}"], {"l1": [1.0, 2.0]}),
        (["space.l2=3", "~space.l2"], {k: v for k, v in DEFAULT.items() if k != "l2"}),
        (["space.optimizer=adam"], {**DEFAULT, "optimizer": {"choices": {"adam": OPTIONS["adam"]}}}),
        (
            ["space.optimizer=[adam,gd]"],
            {**DEFAULT, "optimizer": {"choices": {"adam": OPTIONS["adam"], "gd": OPTIONS["gd"]}}},
        ),
        (
            ["space.optimizer=adam", "space.optimizer.choices.adam={learning_rate:0.1}"],
            {**DEFAULT, "optimizer": {"choices": {"adam": {"learning_rate": 0.1}}}},
        ),
        (["space.optimizer=lion", "~space.l1"], {"optimizer": "lion", "l2": DEFAULT["l2"]}),
    ],
    ids=str,
)
def test_the_space_is_what_was_said(overrides: list[str], space: dict[str, Any]) -> None:
    """Knobs go, come, and keep what stands under an option that is kept."""
    assert space == compose(overrides).space.to_data()


FILES = {
    path.stem: yaml.safe_load(path.read_text("utf-8")) for path in (ROOT / "conf/optimizer").glob("*.yaml")
}


def named(said: str, *more: str) -> dict[str, Any]:
    """What the choice of an optimizer is, said in these words."""
    choices: dict[str, Any] = compose([f"space.optimizer={said}", *more]).space.to_data()["optimizer"][
        "choices"
    ]
    return choices


def test_options_that_are_named_have_their_knobs() -> None:
    """Those of the choice or, where they aren't in it, of their files."""
    assert FILES.keys() - OPTIONS.keys()
    assert named(f"[{','.join(FILES)}]") == FILES


@pytest.mark.parametrize("option", ["adam", "adagrad"])
@pytest.mark.parametrize("said", ["{0}", "[gd,{0}]", "choice(gd,{0})", "[{0},lion]"])
def test_an_option_that_is_named_has_its_knobs(option: str, said: str) -> None:
    """However it is named, in the choice or not; others beside it keep theirs."""
    choice = named(said.format(option), *(["~space.l1"] if "lion" in said else []))
    assert (option in OPTIONS) == (option == "adam")
    assert choice[option] == FILES[option]
    assert choice.get("gd", FILES["gd"]) == FILES["gd"]
    assert choice.get("lion", {}) == {}


def test_an_option_of_ones_own_has_its_knobs(sweep: Tryout) -> None:
    """A file in ./conf/optimizer is enough for a choice to have it, wherever the choice stands."""
    write("conf/optimizer/lion.yaml", "learning_rate: {low: 0.1, high: 0.2}\nl1_step: subgradient\n")
    lion = {"learning_rate": {"low": 0.1, "high": 0.2}, "l1_step": "subgradient"}
    for space in ([], ["space=automl"]):
        data = compose([*space, "space.optimizer=[lion,adam]"]).space.to_data()
        tree = data["estimator"]["choices"]["gradient"] if space else data
        assert tree["optimizer"] == {"choices": {"lion": lion, "adam": OPTIONS["adam"]}}


def test_a_family_that_is_named_has_its_knobs() -> None:
    """Those of the file of its name in conf/space, where the choice has none."""
    whole = compose(["space=automl"]).space.to_data()["estimator"]["choices"]
    without = ["space=automl", "~space.estimator.choices.knn", "space.estimator=[ridge,knn]"]
    assert compose(without).space.to_data()["estimator"]["choices"] == {k: whole[k] for k in ("ridge", "knn")}


@pytest.mark.parametrize("name", ["max_iter", "l2_", "optimizer"])
def test_fixed_hyper_parameters_need_no_plus(name: str, sweep: Tryout) -> None:
    """A hyper-parameter can be given whether the files give it or not."""
    value = {"max_iter": 7, "optimizer": "sgd"}.get(name)
    if value is None:
        assert sweep.line(f"estimator.params.{name}=1")[0] == 78
    else:
        assert sweep.config(f"estimator.params.{name}={value}").estimator.params[name] == value


def test_what_is_shown_is_what_would_run(sweep: Tryout) -> None:
    """--cfg shows the knobs as they were replaced."""
    assert sweep("--cfg", "job", "-p", "space.l1", "space.l1={low:1,high:2}").out.endswith(
        "low: 1\nhigh: 2\n"
    )
    assert sweep("--cfg", "job", "-p", "space.l2", "space.l1=1").out.endswith("log: true\n")


def test_what_is_shown_is_checked_and_drawn(sweep: Tryout) -> None:
    """--cfg job ends with the space as a comment, so that it stays YAML; a fault is said after it."""
    shown = sweep("--cfg", "job", "space.optimizer=[gd,adam]", "space.l2=0")
    assert yaml.safe_load(shown.out)["space"]["l2"] == 0
    assert shown.out.endswith(
        "# the space as understood: 7 knobs, 3 to 6 a trial\n"
        "# optimizer:\n"
        "#   gd (1 knob)\n"
        "#     batch_size: null (fixed)\n"
        "#     learning_rate: 0.01 … 0.5 log\n"
        "#   adam (4 knobs)\n"
        "#     batch_size: 32 | 256 | null\n"
        "#     learning_rate: 0.001 … 0.3 log\n"
        "#     beta_1: 0.8 … 0.99\n"
        "#     beta_2: 0.9 … 0.9999\n"
        "# l1: 1e-06 … 0.1 log\n"
        "# l2: 0.0 (fixed)\n"
    )
    wrong = sweep("--cfg", "job", "n_trials=0")
    assert (wrong.code, wrong.err) == (
        78,
        "error: n_trials: this value is not allowed; received 0; allowed: an integer >= 1\n",
    )
    assert "n_trials: 0" in wrong.out


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("seed=1,2", ["diabetes-seed-1", "diabetes-seed-2"]),
        ("name=mine seed=1,2 n_trials=8", ["mine-seed-1", "mine-seed-2"]),
        ("name=a,b", ["a", "b"]),
        ("seed=1", ["diabetes"]),
        ("sweeps=diabetes,document", ["diabetes-sweeps-diabetes", "document-sweeps-document"]),
        ("space.l1=[0,0.5],1", ["diabetes-space.l1-0-0.5-", "diabetes-space.l1-1"]),
    ],
)
def test_each_sweep_of_a_multirun_has_its_own_name(sweep: Tryout, line: str, names: list[str]) -> None:
    """A multirun is one sweep for each combination, named after what it doesn't share with the others."""
    tried = sweep("-m", *line.split(" "))
    assert tried.code == 0
    assert names == [config.name for config in tried.configs]


def test_each_sweep_of_a_multirun_starts_from_its_own_space(sweep: Tryout) -> None:
    """Knobs are replaced in the space that the job's own recipe makes, wherever -m stands."""
    tried = sweep("sweeps=diabetes,document", "-m", "space.optimizer=adam", "space.l2=interval(0,1)")
    for config, recipe in zip(tried.configs, ("diabetes", "document"), strict=True):
        whole = compose([f"sweeps={recipe}"]).space.to_data()
        adam = {"choices": {"adam": whole["optimizer"]["choices"]["adam"]}}
        assert config.space.to_data() == {**whole, "optimizer": adam, "l2": {"low": 0.0, "high": 1.0}}


def test_a_long_name_is_cut_and_stays_its_own() -> None:
    """Names are at most 128 letters long, and differ where what they stand for does."""
    names = {
        Job((), (f"space.l1={[0.1] * 40 + [i]}",)).named({"name": None, "data": {"kind": "diabetes"}})["name"]
        for i in range(5)
    }
    assert {len(name) for name in names} == {128}
    assert len(names) == 5


def test_a_configuration_can_say_what_a_multirun_varies(sweep: Tryout) -> None:
    """hydra.sweeper.params counts under -m, and only there."""
    shipped = (ROOT / "conf" / "sweep.yaml").read_text("utf-8")
    write("conf/sweep.yaml", shipped.replace("\nhydra:\n", "\nhydra:\n  sweeper: {params: {seed: '1,2'}}\n"))
    assert [config.seed for config in sweep("-m").configs] == [1, 2]
    assert sweep.config().seed == 0


@pytest.mark.parametrize(
    "path",
    [
        "a b.csv",
        "/home/me/Größe (1).csv",
        "C:\\data\\x.csv",
        "it's.csv",
        "a;b&c!.csv",
        "x=y.csv",
        "#1.csv",
        "end\\",
    ],
)
def test_a_value_is_taken_as_it_is_typed(path: str) -> None:
    """What Hydra's grammar has no place for needs no second pair of quotes."""
    config = compose(["data=csv", f"data.path={path}", "data.target=Größe in m²"])
    assert (config.data.path, config.data.target) == (path, "Größe in m²")


def test_a_path_may_begin_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell leaves the ~ of data.path=~/x.csv as it is."""
    monkeypatch.setenv("HOME", "/home/me")
    assert compose(["data=csv", "data.path=~/x.csv", "data.target=y"]).data.path == "/home/me/x.csv"


@pytest.mark.parametrize(
    ("text", "knob"),
    [
        ("{low: 1.0e-4}", {"low": 1e-4, "high": 0.1, "log": True}),
        ("{low: 0.0, log: false}", {"low": 0.0, "high": 0.1}),
        ("0.01", 0.01),
        ("interval(0,0.1)", {"low": 0.0, "high": 0.1}),
        ("choice(0,0.1)", [0.0, 0.1]),
    ],
)
def test_a_files_knob_is_merged_unless_it_is_a_value_or_words(sweep: Tryout, text: str, knob: Any) -> None:
    """As Hydra merges: a mapping keeps what it doesn't name; and nothing else of the space changes."""
    write("sweeps/mine.yaml", f"# @package _global_\nspace:\n  l1: {text}\n")
    assert {**DEFAULT, "l1": knob} == compose(["sweeps=mine"]).space.to_data()


def test_a_files_options_join_those_there_are(sweep: Tryout) -> None:
    """And begin with nothing after an empty space."""
    recipe = "space:\n  optimizer: {choices: {adam: {learning_rate: 0.1}}}\n"
    write("sweeps/mine.yaml", f"# @package _global_\n{recipe}")
    adam = {**OPTIONS["adam"], "learning_rate": 0.1}
    joined = {**DEFAULT, "optimizer": {"choices": {**OPTIONS, "adam": adam}}}
    assert compose(["sweeps=mine"]).space.to_data() == joined
    write("sweeps/mine.yaml", f"# @package _global_\ndefaults:\n  - override /space: none\n{recipe}")
    alone = {"optimizer": {"choices": {"adam": {"learning_rate": 0.1}}}}
    assert compose(["sweeps=mine"]).space.to_data() == alone


def test_choices_over_a_range_are_refused_with_the_way_out(sweep: Tryout) -> None:
    """What is left of a range beside choices was not meant by anybody."""
    write("sweeps/mine.yaml", "# @package _global_\nspace:\n  l1: {choices: [0, 0.1]}\n")
    code, line = sweep.line("sweeps=mine")
    assert code == 78
    assert "mine.yaml:3: space.l1.low: a range's key beside choices" in line
    assert "choice(a,b), a knob replaces another whole" in line
