"""Every bad command line gets one line that says where, what and what to do, and the right exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bigtrain.config import SweepConfig
from bigtrain.config.app import compose
from bigtrain.errors import BigtrainError, ConfigError
from bigtrain.families import FAMILIES

from .runs import Tryout

UNREAD = "this override can't be read; an override is KEY=VALUE; quote lists and {…} for the shell"
KEYS = ", ".join(name for name in SweepConfig.model_fields if name != "resolved")
NAME = "allowed: 1 to 128 letters, digits, '.', '_' and '-', beginning with a letter or digit"
CODE = "could run any code"
BY_KIND = "name a part by its kind instead"
FORMS = "interval(a,b), choice(a,b,…), range(a,b,step), tag(log,interval(a,b))"


def value(key: str, received: str, allowed: str) -> str:
    """Return the line of a value that a key doesn't allow."""
    return f"{key}: this value is not allowed; received {received}; allowed: {allowed}"


LINES: dict[str, tuple[int, str]] = {
    # values
    "n_trials=0": (78, value("n_trials", "0", "an integer >= 1")),
    "n_trials=abc": (78, value("n_trials", "'abc'", "an integer >= 1")),
    "n_trials=1.5": (78, value("n_trials", "1.5", "an integer >= 1")),
    "n_trials=": (78, value("n_trials", "''", "an integer >= 1")),
    "n_trials=null": (78, value("n_trials", "None", "an integer >= 1")),
    "n_trials=true": (78, value("n_trials", "True", "an integer >= 1")),
    "seed=-1": (78, value("seed", "-1", "an integer >= 0 and < 4294967296")),
    "seed=4294967296": (78, value("seed", "4294967296", "an integer >= 0 and < 4294967296")),
    "timeout=0": (78, value("timeout", "0", "a finite number > 0 or null")),
    "timeout=inf": (78, value("timeout", "inf", "a finite number > 0 or null")),
    "timeout=nan": (78, value("timeout", "nan", "a finite number > 0 or null")),
    "timeout=1h": (78, value("timeout", "'1h'", "a finite number > 0 or null")),
    "cv=1": (78, value("cv", "1", "an integer >= 2")),
    "blend=-1": (78, value("blend", "-1", "an integer >= 0 and <= 100")),
    "blend=4 nested=2": (
        78,
        "blend: the outer score is of single trials; received 4; leave out one of the two",
    ),
    "blend=4 objectives=[cv_rmse,n_features]": (
        78,
        "blend: a blend is made to score well, and is never simple; received 4; blend=0, or one objective",
    ),
    "holdout=0": (78, value("holdout", "0", "a finite number > 0 and < 1")),
    "holdout=1": (78, value("holdout", "1", "a finite number > 0 and < 1")),
    "scoring=rsme": (78, value("scoring", "'rsme'", "rmse, mae, r2")),
    "fresh=yes": (78, value("fresh", "'yes'", "true or false")),
    "debug=1": (78, value("debug", "1", "true or false")),
    "verbose=3": (78, value("verbose", "3", "an integer >= 0 and <= 2")),
    "cohort=0": (78, value("cohort", "0", "an integer >= 1 and <= 1024")),
    "engine.n_jobs=0": (78, value("engine.n_jobs", "0", "-1 or an integer >= 1")),
    "engine.n_jobs=-2": (78, value("engine.n_jobs", "-2", "-1 or an integer >= 1")),
    "engine.trial_timeout=5": (
        78,
        "engine.trial_timeout: the chosen engine has no such key; "
        "it belongs to engine=dask, engine=processes",
    ),
    "engine=dask engine.address=localhost:8786": (
        78,
        "engine.address: this is no address of a scheduler, tcp://HOST:PORT or tls://HOST:PORT; "
        "received 'localhost:8786'",
    ),
    "engine=dask engine.address=tcp://localhost:65536": (
        78,
        "engine.address: this is no address of a scheduler, tcp://HOST:PORT or tls://HOST:PORT; "
        "received 'tcp://localhost:65536'",
    ),
    "+engine.address=tcp://localhost:8786": (
        78,
        "engine.address: engine=threads has no scheduler; engine=dask has one",
    ),
    "engine=processes engine.max_retries=-1": (78, value("engine.max_retries", "-1", "an integer >= 0")),
    "sampler.kind=foo": (
        78,
        value("sampler.kind", "'foo'", "tpe, random, qmc, cmaes, grid, gp, nsgaii, rustuna"),
    ),
    "sampler=grid sampler.points=1": (78, value("sampler.points", "1", "an integer >= 2 and <= 1000")),
    "tracking.uri=[1]": (78, value("tracking.uri", "[1]", "text or null")),
    "data=csv data.path=x data.target=y data.drop=x": (78, value("data.drop", "'x'", "a list of text")),
    "estimator.params=5": (78, value("estimator.params", "5", "a mapping of keys to values")),
    "estimator.params.max_iter=0": (78, value("estimator.params.max_iter", "0", "an integer >= 1")),
    "estimator.params.l11=0": (
        78,
        "estimator.params.l11: gradient has no such parameter; did you mean l1?",
    ),
    "preprocess.scaler=nope": (
        78,
        value("preprocess.scaler", "'nope'", "one of standard, robust, minmax, quantile, none"),
    ),
    "preprocess.scalr=none": (78, "preprocess.scalr: there is no such parameter; did you mean scaler?"),
    "preprocess=5": (64, "a group takes the name of one of its options; --help lists them"),
    "estimator.kind=rigde": (
        78,
        value("estimator.kind", "'rigde'", ", ".join(FAMILIES)),
    ),
    "estimator=ridge space=gradient": (
        78,
        "space.optimizer: ridge has no such parameter; it belongs to gradient",
    ),
    "estimator=ridge estimator.params.l1=1": (
        78,
        "estimator.params.l1: ridge has no such parameter; "
        "there are: alpha, fit_intercept, positive, solver, max_iter, tol",
    ),
    "start=5": (78, "start: this is no list of settings; received 5; allowed: [{parameter: value, …}, …]"),
    "start=[5]": (
        78,
        "start[0]: these are no settings; received 5; allowed: [{parameter: value, …}, …]",
    ),
    "start=[{},{l1:5}]": (
        78,
        "start[1].l1: the space has no such value; received 5; allowed: 1e-06 … 0.1 log",
    ),
    "space.l1=-1": (78, value("space.l1", "-1", "a number >= 0")),
    "space.l1={low:1,high:0}": (
        78,
        "space.l1: low must be below high; received {'low': 1, 'high': 0}; for one value write l1: 1.0",
    ),
    "space.l1=choice(": (78, f"space.l1: this can't be read; received 'choice('; allowed: {FORMS}"),
    "space.l1=choice()": (
        78,
        "space.l1: at least one value is needed; received []; allowed: a value, a list of values, "
        "{low, high, log, step}, or {choices: {option: {knob: …}}}",
    ),
    "space.l1=interval(a,b)": (
        78,
        f"space.l1: this can't be read; received 'interval(a,b)'; allowed: {FORMS}",
    ),
    "space.l1=tag(log,choice(1,2))": (
        78,
        f"space.l1: this tag has no meaning here; received 'log'; allowed: {FORMS}",
    ),
    "space.l1=range(1,5,0)": (
        78,
        "space.l1: a range goes up to a finite end; received 'range(1,5,0)'",
    ),
    # keys
    "ntrials=3": (78, "ntrials: unknown key; did you mean n_trials?"),
    "+ntrials=3": (78, "ntrials: unknown key; did you mean n_trials?"),
    "model=m": (78, "model: unknown key; did you mean registry.model?"),
    "+drop=[a]": (78, "drop: unknown key; did you mean data.drop?"),
    "uri.a=x": (78, "uri.a: unknown key"),
    "target=price": (
        78,
        f"{value('target', repr('price'), 'a finite number or null')}; did you mean data.target?",
    ),
    "kind=csv": (78, f"kind: unknown key; there are: {KEYS}"),
    "foo=3": (78, f"foo: unknown key; there are: {KEYS}"),
    "resolved=1": (78, f"resolved: unknown key; there are: {KEYS}"),
    "+resolved.a=1": (78, f"resolved: unknown key; there are: {KEYS}"),
    "defaults=1": (78, f"defaults: unknown key; there are: {KEYS}"),
    "=": (78, f"unknown key; there are: {KEYS}"),
    "sampler.point=3": (78, "sampler.point: unknown key; did you mean sampler.points?"),
    "sampler.points=3": (
        78,
        "sampler.points: the chosen sampler has no such key; it belongs to sampler=grid",
    ),
    "data.path=x": (
        78,
        "data.path: the chosen data has no such key; it belongs to data=csv, data=parquet",
    ),
    "data.kind.x=1": (78, "data.kind.x: unknown key"),
    "hydra.foo=1": (78, "hydra.foo: unknown key"),
    "~seed_": (64, "seed_: there is no such key to remove; --cfg job shows all"),
    "~space.l22": (64, "~space.l22: there is no such knob to remove; did you mean ~space.l2?"),
    "~data.kind": (78, "data.kind: this key is missing"),
    "~data": (78, "data: this key is missing"),
    "+seed=1": (64, "seed: there is such a key already; without + it is replaced"),
    "space.optimzer=adam": (
        78,
        "space.optimzer: gradient has no such parameter; did you mean optimizer?",
    ),
    "space.l1=0 space.l1.low=1": (64, "space.l1.low: l1 has nothing below it; give l1 whole"),
    # groups
    "data=cvs": (
        78,
        "data: there is no such option; received 'cvs'; allowed: csv, diabetes, document, parquet; "
        "did you mean data=csv?",
    ),
    "sweeps=nope": (
        78,
        "sweeps: there is no such option; received 'nope'; allowed: automl, diabetes, document",
    ),
    "data=null": (64, "a group takes the name of one of its options; --help lists them"),
    "+data=csv": (64, "data: a group has one option; choose it without +"),
    "data=csv": (78, "data.path: data=csv needs a path; data.path=… says which"),
    "data=csv data.path=": (78, "data.path: data=csv needs a path; data.path=… says which"),
    "data=parquet data.path=x": (78, "data.target: data=parquet needs a target; data.target=… says which"),
    "+data.path=x": (78, "data.path: data=diabetes reads no file; data=csv or data=parquet does"),
    # interpolations
    "name=${sed}": (78, "name: Interpolation key 'sed' not found"),
    "seed=${oc.env:BIGTRAIN_NOT_SET}": (
        78,
        "seed: KeyError raised while resolving interpolation: "
        "\"Environment variable 'BIGTRAIN_NOT_SET' not found\"",
    ),
    "seed=???": (78, "seed: Missing mandatory value: seed"),
    # grammar and options
    "foo": (64, f"foo: {UNREAD}"),
    "n_trials=[1": (64, f"n_trials=[1: {UNREAD}"),
    "name='": (64, f"name=': {UNREAD}"),
    "nope=é": (78, f"nope: unknown key; there are: {KEYS}"),
    "data=csv,é": (
        78,
        "data: there is no such option; received 'csv,é'; allowed: csv, diabetes, document, parquet; "
        "did you mean data=csv?",
    ),
    "space.l1={low": (
        64,
        "space.l1={low: this override can't be read; "
        "quote it for the shell: 'space.l1={low:1e-6,high:1e-2,log:true}'",
    ),
    # what bash makes of space.l1={low:1e-6,high:1e-2,log:true}, and of start=[{l1:0,l2:0}]
    "space.l1=low:1e-6 space.l1=high:1e-2 space.l1=log:true": (
        64,
        "space.l1: the shell took {…} apart; received 'low:1e-6 high:1e-2 log:true'; quote it: 'space.l1=…'",
    ),
    "start=[l1:0] start=[l2:0]": (
        64,
        "start: the shell took {…} apart; received '[l1:0] [l2:0]'; quote it: 'start=…'",
    ),
    "seed=1,2": (
        64,
        "seed=1,2: several values need -m; a list is KEY=[a,b], a text that has commas KEY='\"a,b\"'",
    ),
    "space.l1=0,1": (64, "space.l1=0,1: several values need -m; [0,1] is a choice of them"),
    "--foo": (64, "there is no such option; received '--foo'; --help tells what there is"),
    "-n 5": (64, "there is no such option; received '-n'; write n_trials=5"),
    "--n-trials 5": (64, "there is no such option; received '--n-trials'; write n_trials=5"),
    "--n_trials=5 seed=1": (64, "there is no such option; received '--n_trials=5'; write n_trials=5"),
    "--trials 5": (64, "there is no such option; received '--trials'; write n_trials=5"),
    "--fresh seed=1": (64, "there is no such option; received '--fresh'; write fresh=…"),
    "--data.path x": (64, "there is no such option; received '--data.path'; write data.path=x"),
    "--resolve": (64, "--resolve: nothing is shown that could be resolved; --cfg job shows all"),
    "--config-dir nope": (66, "nope: there is no such folder"),
    "--config-name nope": (
        78,
        "Cannot find primary config 'nope'. Check that it's in your config search path.",
    ),
    "hydra.mode=MULTIRUN": (64, "hydra.mode=MULTIRUN: a multirun is asked for by -m"),
    "-m seed=interval(0,1)": (
        78,
        "seed=interval(0,1): a multirun takes single values; allowed: a,b,c or range(a,b)",
    ),
    "-m seed=1,2 --cfg job": (64, "-m: one sweep is shown at a time; seed=1 is the first of 2"),
    "--info config -m seed=range(1,4) space.l1=0,1": (
        64,
        "-m: one sweep is shown at a time; seed=1 space.l1=0 is the first of 6",
    ),
    "-m seed=1,2 n_trials=0": (78, value("n_trials", "0", "an integer >= 1")),
    "-m n_trials=8,0": (78, value("n_trials", "0", "an integer >= 1")),
    # names
    "name=a!b": (78, value("name", "'a!b'", NAME.removeprefix("allowed: "))),
    "name=-a": (78, value("name", "'-a'", NAME.removeprefix("allowed: "))),
    "name=../a": (78, f"name: a name is no path; received '../a'; {NAME}"),
    "name=/a": (78, f"name: a name is no path; received '/a'; {NAME}"),
    "name=.a": (78, f"name: a name is no path; received '.a'; {NAME}"),
    "registry.model=a/b": (78, f"registry.model: a name is no path; received 'a/b'; {NAME}"),
    "registry.alias=a/b": (78, f"registry.alias: a name is no path; received 'a/b'; {NAME}"),
    "registry.alias=latest": (
        78,
        "registry.alias: reserved by MLflow, or for models that didn't win; received 'latest'",
    ),
    "registry.alias=v1": (
        78,
        "registry.alias: reserved by MLflow, or for models that didn't win; received 'v1'",
    ),
    # code
    "+x._target_=os.system": (77, f"+x._target_=os.system: _target_ {CODE}; {BY_KIND}"),
    "+x={a:{_target_:os.system}}": (77, f"+x={{a:{{_target_:os.system}}}}: _target_ {CODE}; {BY_KIND}"),
    "space._target_=x": (77, f"space._target_=x: _target_ {CODE}; {BY_KIND}"),
    "+hydra.callbacks.x._target_=os.system": (
        77,
        f"+hydra.callbacks.x._target_=os.system: _target_ {CODE}; {BY_KIND}",
    ),
    "--experimental-rerun x": (
        77,
        "--experimental-rerun: a pickle could run any code; the run's config.yaml says what it was asked",
    ),
}


OPTIONS = {arguments for arguments in LINES if arguments.startswith("-")}
OF_EACH_KIND = (
    "n_trials=0",
    "space.l1=-1",
    "foo",
    "name=../a",
    "seed=???",
    "data=cvs",
    "+x={a:{_target_:os.system}}",
)


@pytest.mark.parametrize("arguments", sorted(LINES.keys() - OPTIONS))
def test_a_refusal_says_where_and_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: str
) -> None:
    """The key, what was received, what is allowed, what to do; and the code of its kind."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BigtrainError) as refused:
        compose(arguments.split(" "))
    assert LINES[arguments] == (refused.value.exit_code, str(refused.value))


@pytest.mark.parametrize("arguments", [*sorted(OPTIONS), *OF_EACH_KIND])
def test_a_command_refuses_in_one_line(sweep: Tryout, arguments: str) -> None:
    """One line on stderr, nothing on stdout, nothing in the folder, and the code of its kind."""
    assert LINES[arguments] == sweep.line(*arguments.split(" "))


def test_an_engine_that_is_not_installed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is opened, with the command that installs it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("bigtrain.config.check.find_spec", lambda _: None)
    with pytest.raises(ConfigError) as refused:
        compose(["engine=dask"])
    assert str(refused.value) == (
        "engine: Dask is not installed; received 'dask'; "
        "pip install 'bigtrain[dask]', or engine=processes on this machine alone"
    )


@pytest.mark.parametrize("received", ["a b", "é", "a\nb", "a" * 129, ""])
def test_names_are_plain(sweep: Tryout, received: str) -> None:
    """A name is of letters, digits, '.', '_' and '-' alone, and not endless."""
    code, line = sweep.line(f'name="{received}"')
    assert code == 78
    assert line.startswith("name: this value is not allowed; received ")
    assert line.endswith(NAME)


@pytest.mark.parametrize("arguments", OF_EACH_KIND)
def test_debug_shows_the_traceback_too(sweep: Tryout, arguments: str) -> None:
    """With debug=true a traceback comes before the line, and the code is that of its kind."""
    tried = sweep(*arguments.split(" "), "debug=true")
    code, line = LINES[arguments]
    assert (tried.code, tried.configs) == (code, [])
    assert tried.err.startswith("Traceback (most recent call last):\n")
    assert tried.err.endswith(f"\nerror: {line}\n")
