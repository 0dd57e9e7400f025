"""Laws of loading: what was registered comes back, and whatever is else is refused before it can run."""

import pickle
import shutil
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pytest
import skops.io
import yaml
from sklearn.pipeline import Pipeline

from bigtrain.config import TrackingConfig
from bigtrain.deploy import find_version, load_model, open_registry
from bigtrain.errors import BigtrainError, ConfigError, NoInputError, RefusedError
from bigtrain.registry.manifest import MANIFEST, manifest_of
from bigtrain.registry.saved_model import BOOSTERS, TRUSTED, packages_in, trusted_types
from bigtrain.tracking import Store
from tests.deploy.pipelines import pipelines, table

PIPELINES = dict(pipelines())
MARK = "MARKER_FILE"
EVIL = f"import os, pathlib\npathlib.Path(os.environ['{MARK}']).touch()\n"


class Bomb:
    """Leaves a mark when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (EVIL,)


class Stranger:
    """A type that nobody trusts."""


def describe(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what a model says of its flavours."""
    path = folder / "MLmodel"
    description = yaml.safe_load(path.read_text())
    change(description["flavors"])
    path.write_text(yaml.safe_dump(description))


def pickled(folder: Path) -> None:
    """A pickle where the flavour says so."""
    (folder / "model.skops").write_bytes(pickle.dumps(Bomb()))
    describe(folder, lambda said: said["sklearn"].update(serialization_format="cloudpickle"))


def pickled_in_disguise(folder: Path) -> None:
    """A pickle under the name of a skops file."""
    (folder / "model.skops").write_bytes(pickle.dumps(Bomb()))


def code(folder: Path) -> None:
    """A folder of code, which MLflow puts on Python's path, and a module of it that loads the model."""
    (folder / "code").mkdir()
    (folder / "code" / "evil_loader.py").write_text(EVIL + "def _load_pyfunc(path):\n    return None\n")
    describe(folder, lambda said: said["python_function"].update(loader_module="evil_loader", code="code"))


def loader_module(folder: Path) -> None:
    """Another module to load it than ours."""
    describe(folder, lambda said: said["python_function"].update(loader_module="os"))


def upwards(folder: Path) -> None:
    """A path that leads out of the folder."""
    describe(folder, lambda said: said["python_function"].update(model_path="../../model.skops"))


def more_trust(folder: Path) -> None:
    """A longer list of trusted types, and a type of it."""
    skops.io.dump({"it": Stranger()}, folder / "model.skops")
    trusted = [f"{Stranger.__module__}.Stranger"]
    describe(folder, lambda said: said["sklearn"].update(skops_trusted_types=trusted))


def stranger(folder: Path) -> None:
    """A type that isn't trusted."""
    skops.io.dump({"it": Stranger()}, folder / "model.skops")


def no_pipeline(folder: Path) -> None:
    """Trusted types that are no pipeline."""
    skops.io.dump({"it": 1}, folder / "model.skops")


def no_description(folder: Path) -> None:
    """No YAML at all."""
    (folder / "MLmodel").write_text("flavors: [")


def link(folder: Path) -> None:
    """A link to the very file that was registered."""
    elsewhere = folder.parent / "elsewhere.skops"
    (folder / "model.skops").rename(elsewhere)
    (folder / "model.skops").symlink_to(elsewhere)


def extra(folder: Path) -> None:
    """One file more."""
    (folder / "sitecustomize.py").write_text(EVIL)


def missing(folder: Path) -> None:
    """One file less."""
    (folder / "requirements.txt").unlink()


def changed(folder: Path) -> None:
    """One byte of the model is another."""
    content = bytearray((folder / "model.skops").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "model.skops").write_bytes(content)


def requirement(folder: Path) -> None:
    """One package more for whoever installs what it needs."""
    (folder / "requirements.txt").write_text("evil\n")


ALWAYS = (
    pickled,
    pickled_in_disguise,
    code,
    loader_module,
    upwards,
    more_trust,
    stranger,
    no_pipeline,
    no_description,
    link,
    extra,
)
"""Refused even where the manifest was made for it."""
BY_DIGEST = (missing, changed, requirement)
RUNNING = (pickled, code)


@pytest.fixture
def folder(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the registered model's folder; whatever runs leaves a mark beside it."""
    monkeypatch.setenv(MARK, str(tmp_path / "mark"))
    version = find_version(store, "houses/1")
    return Path(shutil.copytree(version.source, tmp_path / "model"))


def version_in(store: Store, folder: Path, manifest: str) -> str:
    """Register a folder as it is; return its reference."""
    made = store.client.create_model_version("houses", source=str(folder), tags={MANIFEST: manifest})
    return f"houses/{made.version}"


@pytest.mark.parametrize("attack", [*ALWAYS, *BY_DIGEST])
def test_whatever_is_else_than_registered_is_refused(
    store: Store, folder: Path, attack: Callable[[Path], None]
) -> None:
    """A folder that changed after registration is refused in one line, and nothing of it ran."""
    reference = version_in(store, folder, manifest_of(folder))
    assert load_model(store, reference).pipeline
    attack(folder)
    with pytest.raises(RefusedError, match=rf"^{reference}") as refusal:
        load_model(store, reference)
    assert "\n" not in str(refusal.value)
    assert not (folder.parent / "mark").exists()


@pytest.mark.parametrize("attack", ALWAYS)
def test_a_manifest_made_for_it_does_not_help(
    store: Store, folder: Path, attack: Callable[[Path], None]
) -> None:
    """Who can write tags too still can't bring in code, foreign types, links or files."""
    attack(folder)
    reference = version_in(store, folder, manifest_of(folder))
    with pytest.raises(RefusedError, match=rf"^{reference}"):
        load_model(store, reference)
    assert not (folder.parent / "mark").exists()


@pytest.mark.parametrize("attack", RUNNING)
def test_the_attacks_are_real(
    folder: Path, attack: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """MLflow's own loader does run what is in such a folder."""
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    monkeypatch.syspath_prepend(str(folder))  # also takes back what MLflow puts on the path
    attack(folder)
    with suppress(Exception), warnings.catch_warnings(action="ignore"):
        mlflow.pyfunc.load_model(str(folder))
    assert (folder.parent / "mark").exists()


@pytest.mark.parametrize("tags", [{}, {MANIFEST: "no JSON"}, {MANIFEST: "[]"}, {MANIFEST: '{"MLmodel": 1}'}])
def test_a_version_without_a_manifest_is_refused(store: Store, folder: Path, tags: dict[str, str]) -> None:
    """What bigtrain didn't register has nothing to be checked against."""
    made = store.client.create_model_version("houses", source=str(folder), tags=tags)
    with pytest.raises(RefusedError):
        load_model(store, f"houses/{made.version}")


@pytest.mark.parametrize("reference", ["houses", "houses@champion", "houses/1", "models:/houses@champion"])
def test_what_was_registered_comes_back(
    store: Store, pipeline: Pipeline, rows: pd.DataFrame, reference: str
) -> None:
    """Every way to name the version gives the same pipeline, to the last bit, with its columns and rows."""
    model = load_model(store, reference)
    assert str(model) == "houses/1"
    np.testing.assert_array_equal(model.pipeline.predict(rows), pipeline.predict(rows))
    assert model.columns == {"area": "double", "age": "double", "kind": "string"}
    pd.testing.assert_frame_equal(model.input_example, rows.iloc[:5])
    assert model.tags["bigtrain.number"] == "3"


def test_it_comes_back_after_mlflow_loaded_it(store: Store, rows: pd.DataFrame) -> None:
    """MLflow's loader leaves a file of its own in the folder of a local store; that does no harm."""
    mlflow.set_tracking_uri(store.address.uri)
    mlflow.sklearn.load_model("models:/houses@champion")
    assert (Path(find_version(store, "houses").source) / "registered_model_meta").exists()
    assert load_model(store, "houses").pipeline.predict(rows).shape == (20,)


@pytest.mark.parametrize(
    ("reference", "kind", "said"),
    [
        ("houses@nobody", NoInputError, "nothing is registered .* there is houses@champion"),
        ("houses/77", NoInputError, "nothing is registered"),
        ("huts", NoInputError, "nothing is registered"),
        ("../houses", ConfigError, "not a registered model"),
        ("houses/x", ConfigError, "allowed: NAME"),
        ("", ConfigError, "not a registered model"),
    ],
)
def test_a_wrong_name_is_said(store: Store, reference: str, kind: type[BigtrainError], said: str) -> None:
    """What isn't there, and what is no reference, with what there is."""
    with pytest.raises(kind, match=said):
        load_model(store, reference)


def test_of_many_names_some_are_said(store: Store) -> None:
    """What there is is listed, and how many more there are."""
    for number in range(20):
        store.client.create_registered_model(f"huts-{number:02}")
        store.client.create_model_version(f"huts-{number:02}", "/nowhere")
        store.client.set_registered_model_alias(f"huts-{number:02}", "champion", "1")
    with pytest.raises(NoInputError, match=r"there are houses@champion, huts-00@champion, .* and 13 more$"):
        load_model(store, "cabin")


def test_no_store_is_made_by_asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is none, that is said, and none is there afterwards."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NoInputError, match="there is no store here"):
        open_registry(TrackingConfig(uri=None, artifacts=None))
    assert list(tmp_path.iterdir()) == []


def test_a_model_trusts_what_it_is_made_of_and_no_more() -> None:
    """Stock pipelines trust no other project's types; a model with such a regressor, those of its package."""
    with warnings.catch_warnings(action="ignore"):
        stock = next(iter(PIPELINES.values())).fit(*table())
    assert trusted_types(packages_in(stock)) == list(TRUSTED)
    for package, types in BOOSTERS.items():
        assert trusted_types([package]) == [*TRUSTED, *types]


@pytest.mark.parametrize("name", PIPELINES)
def test_whatever_is_shipped_can_be_loaded(name: str) -> None:
    """No pipeline that a sweep can ship is made of a type that isn't trusted."""
    with warnings.catch_warnings(action="ignore"):
        model = PIPELINES[name].fit(*table())
    assert set(skops.io.get_untrusted_types(data=skops.io.dumps(model))) <= set(TRUSTED)
