"""Decide which version is the champion, and note why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from bigtrain.failpoints import Failpoint, reach
from bigtrain.registry.versions import RegisteredVersion
from bigtrain.tracking import Store

CHALLENGER = "challenger"
DIGEST, RMSE = "bigtrain.holdout_digest", "bigtrain.holdout_rmse"
ALIAS, DECISION = "bigtrain.alias", "bigtrain.decision"
"""The alias a version was given, and the decision in words, as the sweep has it too."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """The alias a version got, and the reason in words."""

    alias: str
    reason: str


def promote(
    store: Store,
    version: RegisteredVersion,
    *,
    alias: str,
    holdout_digest: str,
    holdout_rmse: float,
    baseline_rmse: float,
) -> Promotion:
    """Give a version the alias if it deserves it, else the alias ``challenger``.

    It deserves it if nobody has it and it beats the mean, or if whoever has it scored worse on the very
    same holdout rows. A decision once made is kept: another call changes nothing and returns it.

    Parameters
    ----------
    store : Store
        Where; the model is held for the decision.
    version : RegisteredVersion
        From `register`.
    alias : str
        The title, by default of the configuration ``champion``.
    holdout_digest : str
        Digest of the holdout's rows.
    holdout_rmse, baseline_rmse : float
        Root mean squared error on the holdout, of this version and of predicting the training mean.
    """

    def once() -> Promotion:
        candidate = store.client.get_model_version(version.name, version.version)
        if ALIAS in candidate.tags:
            return Promotion(candidate.tags[ALIAS], candidate.tags[DECISION])
        champion = _holder(store, version.name, alias)
        if champion is not None and champion.version == candidate.version:
            # Interrupted between alias and tag.
            promotion = Promotion(alias, candidate.tags[DECISION])
        else:
            promotion = _decide(champion, alias, holdout_digest, holdout_rmse, baseline_rmse)
        _note(store, version, {DIGEST: holdout_digest, RMSE: repr(holdout_rmse), DECISION: promotion.reason})
        reach(Failpoint.DECISION_NOTED)
        store.client.set_registered_model_alias(version.name, promotion.alias, version.version)
        reach(Failpoint.ALIAS_SET)
        _note(store, version, {ALIAS: promotion.alias})
        reach(Failpoint.ALIAS_NOTED)
        return promotion

    # Two sweeps of one model must not both compare themselves with the same champion.
    with store.hold_model(version.name):
        return store.call(once)


def _holder(store: Store, name: str, alias: str) -> ModelVersion | None:
    try:
        return store.client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        # SQL stores and servers differ in what they call an alias that nobody has.
        if error.error_code in ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST"):
            return None
        raise


def _decide(
    champion: ModelVersion | None, alias: str, digest: str, rmse: float, baseline_rmse: float
) -> Promotion:
    if champion is None:
        if rmse < baseline_rmse:
            return Promotion(alias, f"the first, and better than the mean ({rmse:.6g} < {baseline_rmse:.6g})")
        return Promotion(CHALLENGER, f"no better than the mean ({rmse:.6g} against {baseline_rmse:.6g})")
    holder = f"{alias} v{champion.version}"
    if DIGEST not in champion.tags:
        return Promotion(CHALLENGER, f"{holder} has no holdout score to compare with")
    if champion.tags[DIGEST] != digest:
        return Promotion(CHALLENGER, f"{holder} was scored on other holdout rows, so they don't compare")
    best = float(champion.tags[RMSE])
    if rmse < best:
        return Promotion(alias, f"better than {holder} on the same holdout ({rmse:.6g} < {best:.6g})")
    return Promotion(
        CHALLENGER, f"no better than {holder} on the same holdout ({rmse:.6g} against {best:.6g})"
    )


def _note(store: Store, version: RegisteredVersion, tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        store.client.set_model_version_tag(version.name, version.version, key, value)
