"""Laws of promotion: the alias goes to who is better on the same rows, and a decision is kept."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bigtrain.registry import Promotion, RegisteredVersion, promote
from bigtrain.tracking import Store, open_store


def version_of(store: Store, number: int) -> RegisteredVersion:
    """A bare version, numbered from 1."""
    if number == 1:
        store.client.create_registered_model("m")
    made = store.client.create_model_version("m", source="/nowhere", run_id=None)
    assert made.version == number
    return RegisteredVersion("m", str(number))


def decide(store: Store, version: RegisteredVersion, rmse: float, digest: str = "d") -> Promotion:
    """Decide on a version with this holdout error, where the mean's is 1."""
    return promote(
        store, version, alias="champion", holdout_digest=digest, holdout_rmse=rmse, baseline_rmse=1.0
    )


def holder(store: Store, alias: str) -> str:
    """The version that has an alias."""
    return str(store.client.get_model_version_by_alias("m", alias).version)


def test_the_first_has_to_beat_the_mean(store: Store) -> None:
    """No better than the mean is no champion; the next that is better becomes the first champion."""
    assert decide(store, version_of(store, 1), 1.0).alias == "challenger"
    assert decide(store, version_of(store, 2), 0.9).alias == "champion"
    assert (holder(store, "challenger"), holder(store, "champion")) == ("1", "2")


@pytest.mark.parametrize(
    ("rmse", "digest", "alias", "reason"),
    [
        (0.4, "d", "champion", "better than champion v1 on the same holdout (0.4 < 0.5)"),
        (0.5, "d", "challenger", "no better than champion v1 on the same holdout (0.5 against 0.5)"),
        (0.1, "other", "challenger", "champion v1 was scored on other holdout rows, so they don't compare"),
    ],
)
def test_a_champion_is_beaten_on_the_same_rows_only(
    store: Store, rmse: float, digest: str, alias: str, reason: str
) -> None:
    """Less error on the champion's own holdout takes the alias; anything else does not."""
    decide(store, version_of(store, 1), 0.5)
    assert decide(store, version_of(store, 2), rmse, digest) == Promotion(alias, reason)
    assert holder(store, alias) == "2"
    assert holder(store, "champion") == ("2" if alias == "champion" else "1")


def test_a_stranger_keeps_its_alias(store: Store) -> None:
    """A champion that somebody else chose has no score to compare with, so it stays."""
    version_of(store, 1)
    store.client.set_registered_model_alias("m", "champion", "1")
    promotion = decide(store, version_of(store, 2), 0.1)
    assert promotion == Promotion("challenger", "champion v1 has no holdout score to compare with")


def test_a_decision_is_kept(store: Store) -> None:
    """To ask again changes nothing, even after a better one came."""
    first = version_of(store, 1)
    promotion = decide(store, first, 0.5)
    decide(store, version_of(store, 2), 0.4)
    assert decide(store, first, 0.5) == promotion
    assert holder(store, "champion") == "2"


def test_an_interrupted_decision_is_completed(store: Store) -> None:
    """Stopped between alias and tag, the next call finds the same decision and the same reason."""
    version = version_of(store, 1)
    promotion = decide(store, version, 0.5)
    store.client.delete_model_version_tag("m", "1", "bigtrain.alias")
    assert decide(store, version, 0.5) == promotion
    tags = store.client.get_model_version("m", "1").tags
    assert (tags["bigtrain.alias"], tags["bigtrain.decision"]) == ("champion", promotion.reason)


def test_of_many_at_once_the_best_is_champion(store: Store, tmp_path: Path) -> None:
    """Sweeps that end at the same moment decide one after the other."""
    versions = [version_of(store, number) for number in range(1, 5)]
    stores = [open_store(root=tmp_path) for _ in versions]
    together = Barrier(len(versions))

    def end(index: int) -> Promotion:
        together.wait()
        return decide(stores[index], versions[index], 0.1 * (index + 1))

    with ThreadPoolExecutor(len(versions)) as pool:
        promotions = list(pool.map(end, range(len(versions))))
    assert holder(store, "champion") == "1"
    assert promotions[0].alias == "champion"
    # Each one that was told it is champion was better than all before it.
    reasons = [promotion.reason for promotion in promotions]
    assert sum(reason.startswith("the first") for reason in reasons) == 1


def test_a_model_that_is_held_is_waited_for(store: Store) -> None:
    """A decision about a held model is made once the other is done."""
    version = version_of(store, 1)
    with ThreadPoolExecutor(1) as pool:
        with store.hold_model("m"):
            decided = pool.submit(decide, store, version, 0.5)
            store.client.set_model_version_tag("m", "1", "before", "yes")
            assert not decided.done()
        assert decided.result(30).alias == "champion"
