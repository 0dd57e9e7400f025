"""What comes from the environment, or stands in an address, is in nothing that is said or kept."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from bigtrain.config.app import compose
from bigtrain.data import load_dataset
from bigtrain.errors import BigtrainError
from bigtrain.redaction import redacted
from bigtrain.search import differences, fingerprint
from bigtrain.sweep import main
from bigtrain.tracking import open_store, refuse_if_held
from tests.forks import run

CANARY = "Tweety-Pie 7'x"
SAFE = "hunter2canary"
"""The same without signs, for places that allow none."""
SMALL = ["n_trials=4", "cohort=4", "cv=2", "estimator.params.max_iter=10", "verbose=2"]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAW_FOLDER", CANARY)
    monkeypatch.setenv("LAW_PASSWORD", SAFE)


def table(folder: Path) -> list[str]:
    """Put a table where only the environment says, and return what reads it, with a column not to keep."""
    data = load_dataset("document")
    (folder / CANARY).mkdir()
    frame = data.X.assign(y=data.y, **{SAFE: 1.0})
    frame.to_csv(folder / CANARY / "table.csv", index=False)
    drop = "data.drop=['${oc.env:LAW_PASSWORD}']"
    return ["data=csv", "data.path='../${oc.env:LAW_FOLDER}/table.csv'", "data.target=y", drop, "name=law"]


def test_nothing_that_is_kept_or_said_has_it(tmp_path: Path) -> None:
    """No file below the sweep's folder, database included, and no output has a value of the environment."""
    (tmp_path / "work").mkdir()
    done = run("bigtrain.sweep", *SMALL, *table(tmp_path), folder=tmp_path / "work")
    assert done.code == 0, done.err
    kept = [path for path in (tmp_path / "work").rglob("*") if path.is_file()]
    assert any(path.name == "config.yaml" and b"${oc.env:LAW_FOLDER}" in path.read_bytes() for path in kept)
    for canary in (CANARY, SAFE):
        having = [path for path in kept if canary.encode() in path.read_bytes()]
        assert having == []
        assert canary not in done.out + done.err


@pytest.mark.postgres
def test_no_row_of_a_server_has_its_password(
    tmp_path: Path,
    database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Nor has any file, if the password is in the address, spelt out or by the environment."""
    monkeypatch.chdir(tmp_path)
    plain = database("secrets").replace("postgres:@", f"postgres:{SAFE}@")
    assert SAFE in plain
    for number, uri in enumerate((plain, plain.replace(SAFE, "${oc.env:LAW_PASSWORD}"))):
        typed = ["sweeps=document", f"name=law{number}", f"tracking.uri='{uri}'"]
        monkeypatch.setattr(sys, "argv", ["sweep.py", *SMALL, *typed])
        main()
        assert "registered: law" in (said := capfd.readouterr()).out
        assert SAFE not in said.out + said.err
    assert [
        path for path in tmp_path.rglob("*") if path.is_file() and SAFE.encode() in path.read_bytes()
    ] == []
    engine = create_engine(plain.replace("://", "+psycopg2://", 1))
    with engine.connect() as connection:
        for name in inspect(engine).get_table_names():
            assert SAFE not in str(connection.execute(text(f"SELECT * FROM {name}")).all()), name
    engine.dispose()


@pytest.mark.parametrize(
    "argument",
    [
        "n_trials=${oc.env:LAW_PASSWORD}",
        "scoring=${oc.env:LAW_FOLDER}",
        "estimator.params.loss=${oc.env:LAW_PASSWORD}",
        "space.optimizer=${oc.env:LAW_PASSWORD}",
        "name='${oc.env:LAW_FOLDER}'",
        "data.path=${oc.env:LAW_PASSWORD}/no.csv",
        "tracking.uri=http://me:${oc.env:LAW_PASSWORD}@127.0.0.1:1",
        "tracking.uri=${oc.env:LAW_PASSWORD}",
    ],
)
def test_no_error_says_it(argument: str, tmp_path: Path) -> None:
    """Wherever a configuration has it, the line that says what is wrong has its name at most."""
    with pytest.raises(BigtrainError) as caught:
        use(argument, tmp_path)
    for canary in (CANARY, SAFE):
        assert canary not in str(caught.value)


def use(argument: str, folder: Path) -> None:
    """Get as far as a sweep gets with it."""
    csv = ["data=csv", "data.target=y"] if argument.startswith("data") else []
    config = compose([*csv, argument])
    refuse_if_held(config.tracking.uri, config.tracking.artifacts, folder, config.name)
    load_dataset(config.data.kind, path=config.data.path, target=config.data.target)
    open_store(config.tracking.uri, config.tracking.artifacts, folder)


def test_a_change_of_it_is_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    """The question is another one if a value of the environment in it is, and neither value is shown."""
    data = load_dataset("document")
    asked = []
    for loss in ("squared", "log_cosh"):
        monkeypatch.setenv("LAW_LOSS", loss)
        asked.append(fingerprint(compose(["estimator.params.loss=${oc.env:LAW_LOSS}"]), data))
    (change,) = differences(*asked)
    assert change.startswith("estimator.params.loss: ${oc.env:LAW_LOSS}")
    assert "log_cosh" not in str(asked)


def test_ordinary_words_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number, a short word or a truth value of the environment does not tear holes into every text."""
    for value in ("4", "10.5", "true", "tpe"):
        monkeypatch.setenv("LAW_ORDINARY", value)
        compose(["verbose=0", "registry.model=${oc.env:LAW_ORDINARY}"])
        assert redacted(f"about {value}") == f"about {value}"
