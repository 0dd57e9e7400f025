"""Laws of predicting: a file in blocks is the pipeline on the whole table, and its room doesn't grow."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io

from bigtrain.config import TrackingConfig
from bigtrain.deploy import LoadedModel, load_model
from bigtrain.deploy.predicting import PREDICTION, predict_file
from bigtrain.errors import BigtrainError, ConfigError, DataError, StorageError
from bigtrain.predict import PredictOptions, run
from bigtrain.tracking import Store


@pytest.fixture(scope="module")
def model(store: Store) -> LoadedModel:
    return load_model(store, "houses")


@pytest.fixture
def table(tmp_path: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows in another order of columns, with one more; also as two files."""
    table = pd.concat([rows.assign(note=[f'n "{n}", x' for n in range(len(rows))])] * 4, ignore_index=True)
    table = table[["note", "kind", "area", "age"]]
    table.loc[5, "kind"] = "castle"  # never seen
    table.to_csv(tmp_path / "rows.csv", index=False)
    table.to_parquet(tmp_path / "rows.parquet", index=False)
    return table


def silent(_rows: int, _done: float) -> None:
    """Show nothing."""


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)


@pytest.mark.parametrize("block_bytes", [1, 333, 1500, 1 << 23])
@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
@pytest.mark.parametrize("source", ["rows.csv", "rows.parquet"])
def test_blocks_are_predicted_as_the_whole_table(
    model: LoadedModel, table: pd.DataFrame, tmp_path: Path, source: str, target: str, block_bytes: int
) -> None:
    seen: list[tuple[int, float]] = []
    count = predict_file(
        model, tmp_path / source, tmp_path / target, lambda *at: seen.append(at), block_bytes
    )
    written = read(tmp_path / target)
    expected = model.pipeline.predict(table[list(model.columns)])
    assert len(table) == count == seen[-1][0]
    assert seen[-1][1] == 1.0
    assert [*table.columns, PREDICTION] == list(written.columns)
    np.testing.assert_allclose(written[PREDICTION], expected, rtol=1e-13)
    # Missing is None here and NaN there.
    pd.testing.assert_frame_equal(
        table.astype(str), written[table.columns].astype(dict(table.dtypes)).astype(str)
    )


def test_csv_keeps_its_text(model: LoadedModel, tmp_path: Path) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_bytes(b'id;age;area;"kind"\r\n007;3.50;1e1;"fl""at"\r\n"a;b";NA;;hut\r\n')
    predict_file(model, source, target, silent)
    header, first, second = target.read_bytes().splitlines()
    assert header == b'id;age;area;"kind";prediction'
    assert first.rsplit(b";", 1)[0] == b'007;3.50;1e1;"fl""at"'
    assert second.rsplit(b";", 1)[0] == b'"a;b";NA;;hut'


def test_a_table_without_rows_has_no_predictions(model: LoadedModel, tmp_path: Path) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_text("age,area,kind\n")
    assert predict_file(model, source, target, silent) == 0
    assert target.read_text() == "age,area,kind,prediction\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("age,kind\n1,hut\n", "column 'area'.* needs is missing"),
        ("age,area,kind\n1,2,hut\n1,big,hut\n", r"row 2 \(line 3\), column 'area': not a number.*'big'"),
        ("age,area,kind\n1,2,hut\n1,2\n", r"row 2 \(line 3\), column 3: 2 fields where the header has 3"),
        ("age,area,kind,prediction\n1,2,hut,0\n", "column 'prediction'"),
    ],
)
@pytest.mark.parametrize("block_bytes", [1, 1 << 23])
def test_a_bad_table_leaves_what_was_there(
    model: LoadedModel, tmp_path: Path, text: str, words: str, block_bytes: int
) -> None:
    source, target = tmp_path / "rows.csv", tmp_path / "out.csv"
    source.write_text(text)
    target.write_text("from yesterday")
    with pytest.raises(DataError, match=words):
        predict_file(model, source, target, silent, block_bytes)
    assert target.read_text() == "from yesterday"
    assert {source, target} == set(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("target", "kind"),
    [("rows.csv", ConfigError), ("out.xlsx", ConfigError), ("absent/out.csv", StorageError)],
)
def test_a_target_that_can_not_be_written_is_refused(
    model: LoadedModel, table: pd.DataFrame, tmp_path: Path, target: str, kind: type[BigtrainError]
) -> None:
    with pytest.raises(kind):
        predict_file(model, tmp_path / "rows.csv", tmp_path / target, silent)


PEAK = """
import resource, sys
from pathlib import Path
import skops.io
from bigtrain.deploy.loading import LoadedModel
from bigtrain.deploy.predicting import predict_file
from bigtrain.registry.saved_model import TRUSTED
pipeline = skops.io.load(sys.argv[1], trusted=list(TRUSTED))
columns = {"area": "double", "age": "double", "kind": "string"}
model = LoadedModel("houses", "1", pipeline, columns, None, {})
for source in sys.argv[2:]:
    predict_file(model, Path(source), Path(source + ".csv"), lambda rows, done: None, 1 << 20)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def test_room_does_not_grow_with_the_file(model: LoadedModel, tmp_path: Path) -> None:
    """A file of 64 MB after one of 4 MB takes no quarter of its size in addition."""
    skops.io.dump(model.pipeline, tmp_path / "model.skops")
    sources = []
    for rows in (500, 8_000):
        sources.append(tmp_path / f"{rows}.csv")
        with sources[-1].open("w") as file:
            file.write("age,area,kind,note\n")
            file.writelines(f"{n % 7},{n}.5,hut,{'x' * 8000}\n" for n in range(rows))
    command = [sys.executable, "-c", PEAK, str(tmp_path / "model.skops"), *map(str, sources)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert sources[1].stat().st_size > 64e6
    assert after - before < 16e6


def test_the_command_predicts(
    store: Store, table: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        PredictOptions(
            tracking=TrackingConfig(uri=store.address.uri),
            model="houses@champion",
            input=str(tmp_path / "rows.csv"),
            output=str(tmp_path / "out.parquet"),
        )
    )
    assert "80 rows predicted by houses/1" in capsys.readouterr().out
    assert len(pd.read_parquet(tmp_path / "out.parquet")) == 80
