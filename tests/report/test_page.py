"""A sweep's page: whole, self-contained, true, and never in the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.linear_model import Lasso
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bigtrain.config.app import compose
from bigtrain.data import load_dataset, split_holdout
from bigtrain.job import run_job
from bigtrain.report import Console, drawing, figures
from bigtrain.report.__main__ import main
from bigtrain.report.gathering import gather
from bigtrain.report.material import Material
from bigtrain.report.observations import Observations
from bigtrain.report.observing import observe
from bigtrain.tracking import open_store
from tests.forks import started

SECTIONS = (
    "In words", "Scores", "How the best came about", "What matters", "All trials at once", "Knob by knob",
    "How training went", "What regularization does", "On rows that nothing has seen", "How trials ended",
    "Why training stopped", "The best trials", "To repeat it",
)  # fmt: skip
PICTURES = {"history.png", "parallel.png", "regularization.png", "predictions.png"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one sweep in it."""
    folder = tmp_path_factory.mktemp("report")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        config = compose(["n_trials=32", "verbose=0", "cv=3", "estimator.params.max_iter=60"])
        run_job(config, Console(config))
    return folder


def kept(home: Path) -> Path:
    """The folder of the report among the sweep's artifacts."""
    (page,) = home.rglob("report.html")
    return page.parent


def test_the_page_is_whole_and_needs_nothing_else(home: Path) -> None:
    """Every section is there, in less than 2 MB, and nothing is fetched from anywhere."""
    page = (kept(home) / "report.html").read_text()
    assert re.findall(r"<h2>(.*?)</h2>", page) == list(SECTIONS)
    assert len(page.encode()) < 2_000_000
    fetched = re.findall(r'(?:src|href)="(?!#|data:)([^"]*)"|url\((?!#)([^)]*)\)|@import', page)
    assert fetched == []
    assert "<script" not in page
    assert {path.name for path in kept(home).glob("*.png")} == PICTURES


def test_the_numbers_are_those_of_the_store(home: Path) -> None:
    """The best trial's value, the holdout's, and Ridge's stand on the page as the store has them."""
    page = (kept(home) / "report.html").read_text()
    state = open_store(root=home).find_sweep("diabetes")
    assert state is not None
    for metric in ("cv_rmse", "holdout_rmse", "baseline_ridge_cv_rmse", "baseline_mean_holdout_r2"):
        assert f"<td>{state.metrics[metric]:.5g}</td>" in page


def test_the_command_writes_the_same_page(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Drawn again from the store alone, wherever it is wanted."""
    monkeypatch.chdir(home)
    main(["sweep=diabetes", "out=new/page.html"])
    assert capsys.readouterr().out == "new/page.html\n"
    assert (home / "new/page.html").read_text() == (kept(home) / "report.html").read_text()


def gathered(home: Path) -> Material:
    """What the page is made of."""
    store = open_store(root=home)
    state = store.find_sweep("diabetes")
    assert state is not None
    return gather(store, state, int(state.tags["bigtrain.best_trial"]))


TWO = tuple(plot for plot in drawing.PLOTS if plot.name in ("history", "outcomes"))
"""Figures that are soon drawn, one for each of two forks."""


def draw_what_is_never_sent(home: Path, folder: Path) -> None:
    """Draw the page of something that no pickle can hold."""
    drawing.PLOTS, material = TWO, gathered(home)
    drawing.draw_with_forks(replace(material, curves=MappingProxyType(material.curves)), folder)


def test_forks_have_the_material_and_are_not_sent_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They draw the same page and pictures as one process does, for it is theirs as well."""
    monkeypatch.setattr(drawing, "PLOTS", TWO)
    (alone := tmp_path / "alone").mkdir()
    (shared := tmp_path / "shared").mkdir()
    drawing.draw(gathered(home), alone)
    with started(draw_what_is_never_sent, home, shared) as fork:
        ended = fork.ended()
    assert (ended.code, ended.err) == (0, "")
    assert {path.name: path.read_bytes() for path in shared.iterdir()} == {
        path.name: path.read_bytes() for path in alone.iterdir()
    }


@pytest.fixture
def material(home: Path) -> Material:
    """The material of the sweep."""
    return gathered(home)


def sketched(monkeypatch: pytest.MonkeyPatch, **drawn: Callable[[Material], Figure | None]) -> None:
    """Have these figures drawn so, and for each other one an empty one: the true ones take seconds."""
    plots = [replace(plot, draw=drawn.get(plot.name, lambda _: Figure())) for plot in drawing.PLOTS]
    monkeypatch.setattr(drawing, "PLOTS", plots)


def test_a_figure_that_cannot_be_drawn_is_left_out(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says which, and has all others."""
    sketched(monkeypatch, history=lambda _: 1 / 0)
    page = drawing.draw(material, tmp_path).read_text()
    assert page.count("This figure can&#x27;t be drawn (ZeroDivisionError: division by zero).") == 1
    assert re.findall(r"<h2>(.*?)</h2>", page) == list(SECTIONS)
    assert page.count("<svg") == len(drawing.PLOTS) - 1


@pytest.mark.parametrize("diverged", [("l2",), ("l1", "l2")])
def test_a_penalty_that_nothing_trains_with_has_no_path(
    material: Material, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, diverged: tuple[str, ...]
) -> None:
    """A rate that the best trial could bear may be too high on the fewer rows of a path."""
    assert material.observed is not None
    paths = dict(material.observed.paths)
    for name in diverged:
        nothing = [None] * len(paths[name].strengths)
        paths[name] = replace(paths[name], coef=nothing, rmse=nothing)
    sketched(monkeypatch, regularization=figures.regularization)
    page = drawing.draw(replace(material, observed=replace(material.observed, paths=paths)), tmp_path)
    text = page.read_text()
    assert "be drawn" not in text
    assert ("What regularization does" in text) == (len(diverged) == 1)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 64, "sweep=…: is missing; the name of a sweep"),
        (["sweep="], 78, "sweep: this value is not allowed; received ''"),
        (["swep=x"], 64, "not an option; received 'swep=x'"),
        (["sweep=other"], 66, "sweep: there is no sweep of this name; received 'other'"),
        (["sweep=diabetes", "out=file/x.html"], 74, "out: can't be written"),
    ],
)
def test_what_is_wrong_is_one_line(
    arguments: list[str],
    code: int,
    said: str,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A wrong word, a sweep that is not there, a place that can't be written: a line and an exit code."""
    monkeypatch.chdir(home)
    (home / "file").write_text("")
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert stop.value.code == code
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert said in message


@pytest.mark.parametrize(
    "breaks",
    [
        "bigtrain.job.outcome.observe",
        "bigtrain.report.keeping.gather",
        "bigtrain.report.keeping.Standby",
        "bigtrain.report.keeping.Standby.begin",
    ],
)
def test_a_sweep_does_not_fail_with_its_report(
    breaks: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever goes wrong with drawing is said in a line; the sweep ends as it does without."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no ink")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(breaks, broken)
    config = compose(["sweeps=document", "n_trials=4", "cohort=4", "cv=2", "estimator.params.max_iter=5"])
    run_job(config, Console(config))
    assert "  note: there is no report (ZeroDivisionError: no ink); report=false" in capsys.readouterr().out
    state = open_store(root=tmp_path).find_sweep("document")
    assert state is not None
    assert state.status == "FINISHED"
    assert list(tmp_path.rglob("report.html")) == []


def test_the_paths_are_the_lasso(tmp_path: Path) -> None:
    """Along L1, converged coefficients are scikit-learn's Lasso's, averaged over the same folds."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 4))
    y = X @ [2.0, -1.0, 0.5, 0.0] + rng.normal(size=240)
    pd.DataFrame(X, columns=list("abcd")).assign(y=y).to_csv(tmp_path / "t.csv", index=False)
    dataset = load_dataset("csv", path=str(tmp_path / "t.csv"), target="y")
    split = split_holdout(dataset, 0.2, 0)
    pipeline = make_pipeline(StandardScaler().set_output(transform="default"), Lasso())
    pipeline.fit(dataset.X.iloc[split.train], dataset.y[split.train])
    settings = {"optimizer": "gd", "learning_rate": 0.3, "max_iter": 2000, "tol": None, "l1": 0.01}
    seen = observe(dataset, split, pipeline, settings)
    assert Observations.from_json(seen.to_json()) == seen
    path = seen.paths["l1"]
    Z, standard = pipeline[:-1].transform(dataset.X.iloc[split.train]), dataset.y[split.train]
    standard = (standard - standard.mean()) / standard.std()
    parts = np.arange(len(standard)) % 3
    for strength, coef in list(zip(path.strengths, path.coef, strict=True))[::6]:
        models = [
            Lasso(alpha=strength, tol=1e-10).fit(Z[parts != k], standard[parts != k]).coef_ for k in range(3)
        ]
        np.testing.assert_allclose(coef, np.mean(models, axis=0), atol=2e-5)
    assert path.coef[-1] == [0.0] * 4 or max(map(abs, path.coef[-1] or [1.0])) < 0.05
