"""Laws of promotion: the alias goes to who is better beyond chance on the same rows, and that is kept."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest

from bigtrain.errors import NoInputError, RefusedError
from bigtrain.promote import main
from bigtrain.registry.history import history
from bigtrain.registry.manifest import MANIFEST, manifest_of
from bigtrain.registry.promotion import Promotion, promote, promote_by_hand, roll_back
from bigtrain.registry.saved_model import RESIDUALS
from bigtrain.registry.versions import RegisteredVersion
from bigtrain.tracking import Store, open_store

N_ROWS = 200
BASE = np.random.default_rng(0).normal(size=N_ROWS)


def errors(rmse: float, seed: int = 0) -> np.ndarray:
    """Errors of this size, nearly in step with those of every other model."""
    raw = BASE + 0.05 * np.random.default_rng(seed).normal(size=N_ROWS)
    return rmse * raw / np.sqrt(np.mean(raw**2))


def version_of(store: Store, rmse: float, folder: Path) -> RegisteredVersion:
    """A version that is nothing but its errors."""
    if not store.client.search_registered_models():
        store.client.create_registered_model("m")
    number = len(store.client.search_model_versions("name = 'm'")) + 1
    files = folder / f"files-{number}"
    files.mkdir()
    np.save(files / RESIDUALS, errors(rmse, number))
    tags = {MANIFEST: manifest_of(files)}
    made = store.client.create_model_version("m", source=str(files), run_id=None, tags=tags)
    assert made.version == number
    return RegisteredVersion("m", str(number))


def decide(
    store: Store, version: RegisteredVersion, rmse: float, digest: str = "d", alias: str = "champion"
) -> Promotion:
    """Decide on a version with this holdout error, where the mean's is 1."""
    residuals = errors(rmse, int(version.version))
    return promote(store, version, alias=alias, holdout_digest=digest, residuals=residuals, baseline_rmse=1.0)


def decided(store: Store, rmse: float, folder: Path, digest: str = "d") -> RegisteredVersion:
    """A new version, decided upon."""
    version = version_of(store, rmse, folder)
    decide(store, version, rmse, digest)
    return version


def holder(store: Store, alias: str = "champion") -> str:
    """The version that has an alias."""
    return str(store.client.get_model_version_by_alias("m", alias).version)


def tags_of(store: Store, version: RegisteredVersion) -> dict[str, str]:
    """What is noted on a version."""
    return dict(store.client.get_model_version(version.name, version.version).tags)


def test_the_first_has_to_beat_the_mean(store: Store, tmp_path: Path) -> None:
    """No better than the mean is no champion; the next that is better becomes the first champion."""
    decided(store, 1.0, tmp_path)
    decided(store, 0.9, tmp_path)
    assert (holder(store, "challenger"), holder(store)) == ("1", "2")


@pytest.mark.parametrize(
    ("rmse", "digest", "alias", "reason"),
    [
        (
            0.4,
            "d",
            "champion",
            r"better than champion v1: RMSE -0.1 on the same 200 holdout rows, 95 % interval -",
        ),
        (0.499, "d", "challenger", r"not shown to be better than champion v1: RMSE -0.001 .* to \+"),
        (0.6, "d", "challenger", r"worse than champion v1: RMSE \+0.1 .* interval \+.* to \+"),
        (0.1, "other", "challenger", "champion v1 was scored on other holdout rows, so they don't compare"),
    ],
)
def test_a_champion_is_beaten_by_evidence_on_the_same_rows(
    store: Store, tmp_path: Path, rmse: float, digest: str, alias: str, reason: str
) -> None:
    """The interval of the difference must leave zero out; that and the reason are noted on the version."""
    decided(store, 0.5, tmp_path)
    version = version_of(store, rmse, tmp_path)
    promotion = decide(store, version, rmse, digest)
    assert promotion.alias == alias
    assert re.match(reason, promotion.reason)
    assert holder(store, alias) == "2"
    assert holder(store) == ("2" if alias == "champion" else "1")
    tags = tags_of(store, version)
    assert (tags["bigtrain.decision"], tags["bigtrain.holdout_digest"]) == (promotion.reason, digest)
    if promotion.evidence:
        noted = json.loads(tags["bigtrain.evidence"])
        assert noted["low"] <= noted["difference"] <= noted["high"]
        assert (noted["high"] < 0) == (alias == "champion")


def test_a_stranger_keeps_its_alias(store: Store, tmp_path: Path) -> None:
    """A champion that somebody else chose has no errors to compare with, so it stays."""
    store.client.create_registered_model("m")
    store.client.create_model_version("m", source="/nowhere", run_id=None)
    store.client.set_registered_model_alias("m", "champion", "1")
    promotion = decide(store, version_of(store, 0.1, tmp_path), 0.1)
    assert promotion == Promotion("challenger", "champion v1 has no holdout errors to compare with")


def test_errors_that_were_changed_are_no_evidence(store: Store, tmp_path: Path) -> None:
    """Who makes the champion's errors larger on disk gets no title for it."""
    decided(store, 0.5, tmp_path)
    np.save(tmp_path / "files-1" / RESIDUALS, errors(50.0))
    promotion = decide(store, version_of(store, 0.4, tmp_path), 0.4)
    assert promotion == Promotion("challenger", "champion v1 has no holdout errors to compare with")


def test_a_decision_is_kept(store: Store, tmp_path: Path) -> None:
    """To ask again changes nothing, even after a better one came."""
    first = version_of(store, 0.5, tmp_path)
    promotion = decide(store, first, 0.5)
    decided(store, 0.4, tmp_path)
    assert decide(store, first, 0.5) == promotion
    assert holder(store) == "2"


def test_another_alias_is_another_decision(store: Store, tmp_path: Path) -> None:
    """A version that is champion already is asked about anew under another title."""
    first = decided(store, 0.5, tmp_path)
    assert decide(store, first, 0.5, alias="best").alias == "best"
    assert (holder(store), holder(store, "best")) == ("1", "1")
    second = version_of(store, 0.6, tmp_path)
    assert decide(store, second, 0.6, alias="best").reason.startswith("worse than best v1")


def test_an_interrupted_decision_is_completed(store: Store, tmp_path: Path) -> None:
    """Stopped between alias and tag, the next call finds the same decision and the same reason."""
    version = version_of(store, 0.5, tmp_path)
    promotion = decide(store, version, 0.5)
    store.client.delete_model_version_tag("m", "1", "bigtrain.alias")
    assert decide(store, version, 0.5) == promotion
    tags = tags_of(store, version)
    assert (tags["bigtrain.alias"], tags["bigtrain.decision"]) == ("champion", promotion.reason)
    assert len(history(store, "m")) == 1


def test_of_many_at_once_the_best_is_champion(store: Store, tmp_path: Path) -> None:
    """Sweeps that end at the same moment decide one after the other."""
    sizes = [0.1, 0.2, 0.3, 0.4]
    versions = [version_of(store, rmse, tmp_path) for rmse in sizes]
    stores = [open_store(root=tmp_path) for _ in versions]
    together = Barrier(len(versions))

    def end(index: int) -> Promotion:
        together.wait()
        return decide(stores[index], versions[index], sizes[index])

    with ThreadPoolExecutor(len(versions)) as pool:
        promotions = list(pool.map(end, range(len(versions))))
    assert holder(store) == "1"
    assert promotions[0].alias == "champion"
    # Each one that was told it is champion was better than all before it.
    reasons = [promotion.reason for promotion in promotions]
    assert sum(reason.startswith("the first") for reason in reasons) == 1
    given = [event.version for event in history(store, "m") if event.alias == "champion"]
    assert given == sorted(given, reverse=True)


def test_a_model_that_is_held_is_waited_for(store: Store, tmp_path: Path) -> None:
    """A decision about a held model is made once the other is done."""
    version = version_of(store, 0.5, tmp_path)
    with ThreadPoolExecutor(1) as pool:
        with store.hold_model("m"):
            decision = pool.submit(decide, store, version, 0.5)
            store.client.set_model_version_tag("m", "1", "before", "yes")
            assert not decision.done()
        assert decision.result(30).alias == "champion"


@pytest.fixture
def three(store: Store, tmp_path: Path) -> Iterator[list[RegisteredVersion]]:
    """Three versions, each better than the one before and champion after it."""
    return [decided(store, rmse, tmp_path) for rmse in (0.5, 0.4, 0.3)]


def test_back_is_to_the_one_before(store: Store, three: list[RegisteredVersion]) -> None:
    """Twice back is two champions back; then there is none before; forward again, and back once more."""
    assert roll_back(store, "m", alias="champion", why="too slow") == three[1]
    assert roll_back(store, "m", alias="champion", why="wrong") == three[0]
    with pytest.raises(NoInputError, match="nobody was champion before; model=m version=N"):
        roll_back(store, "m", alias="champion", why="")
    promote_by_hand(store, three[2], alias="champion", why="mended")
    assert holder(store) == "3"
    assert roll_back(store, "m", alias="champion", why="") == three[0]
    events = history(store, "m")
    assert [event.version for event in events] == ["1", "2", "3", "2", "1", "3", "1"]
    assert [event.back for event in events] == [False, False, False, True, True, False, True]
    assert events[3].why == "too slow: back from v3"
    assert all(event.who and event.when.endswith("+00:00") for event in events)


def test_a_deleted_champion_is_passed_over(store: Store, three: list[RegisteredVersion]) -> None:
    """Back goes to the last one that is still there."""
    store.client.delete_model_version("m", "2")
    assert roll_back(store, "m", alias="champion", why="") == three[0]


def test_a_hand_is_above_the_evidence(store: Store, three: list[RegisteredVersion]) -> None:
    """A worse version gets the title if somebody says so, and what the numbers say is noted with it."""
    promotion = promote_by_hand(store, three[0], alias="champion", why="the client wants it")
    assert holder(store) == "1"
    assert promotion.reason.startswith("the client wants it (RMSE +0.2 on the same 200 holdout rows")
    assert tags_of(store, three[0])["bigtrain.decision"] == promotion.reason


def test_a_hand_can_not_choose_what_nobody_could_load(
    store: Store, three: list[RegisteredVersion], tmp_path: Path
) -> None:
    """A version that isn't there, or whose files changed, gets no title."""
    with pytest.raises(NoInputError, match=r"m/9: there is no such version; there are 3, 2, 1$"):
        promote_by_hand(store, RegisteredVersion("m", "9"), alias="champion", why="")
    (tmp_path / "files-1" / "more").touch()
    with pytest.raises(RefusedError):
        promote_by_hand(store, three[0], alias="champion", why="")
    assert holder(store) == "3"


def test_the_command(
    store: Store,
    three: list[RegisteredVersion],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By hand, back, and one line for what is wrong."""
    monkeypatch.chdir(tmp_path)
    main(["model=m", "version=1", "why=for the demo"])
    main(["model=m", "rollback=true"])
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("m version 1 @champion: for the demo (RMSE +0.2 ")
    assert out[1] == "m version 3 @champion again"
    no_model = "model: there is no such model; received 'nobody'; there is m"
    for wrong, code, said in (
        (["model=m"], 64, "needs version=N or rollback=true"),
        (["model=m", "version=x"], 78, "version: this value is not allowed"),
        (["model=m", "version=7"], 66, "m/7: there is no such version; there are 3, 2, 1"),
        (["model=m", "rollback=true", "alias=nobody"], 66, "nobody of this model is nobody"),
        (["model=nobody", "version=1"], 66, no_model),
        (["model=nobody", "rollback=true"], 66, no_model),
        (["model=M", "version=1"], 66, "did you mean m?"),
    ):
        with pytest.raises(SystemExit) as stop:
            main(wrong)
        message = capsys.readouterr().err
        assert (stop.value.code, message.count("\n")) == (code, 1)
        assert said in message
