"""Decide which version is the champion, and note why."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from numpy.typing import NDArray

from bigtrain.errors import NoInputError, RefusedError
from bigtrain.failpoints import Failpoint, reach
from bigtrain.registry.evidence import Evidence, compare
from bigtrain.registry.history import Event, add_event, champions, history
from bigtrain.registry.listing import no_such_version, require_model
from bigtrain.registry.manifest import read_files
from bigtrain.registry.saved_model import FILES, RESIDUALS
from bigtrain.registry.versions import RegisteredVersion
from bigtrain.tracking import Store

CHALLENGER = "challenger"
DIGEST, RMSE = "bigtrain.holdout_digest", "bigtrain.holdout_rmse"
WANTED, ALIAS = "bigtrain.alias_wanted", "bigtrain.alias"
"""The alias a decision was about, and the one that the version was given."""
DECISION, EVIDENCE = "bigtrain.decision", "bigtrain.evidence"
"""The decision in words, as the sweep has it too, and the numbers it rests on, as JSON."""

ABSENT = ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST")
"""What stores call a name, version or alias that they don't have."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Promotion:
    """The alias a version got, the reason in words, and the comparison, where there was one."""

    alias: str
    reason: str
    evidence: Evidence | None = None


def promote(
    store: Store,
    version: RegisteredVersion,
    *,
    alias: str,
    holdout_digest: str,
    residuals: Floats,
    baseline_rmse: float,
) -> Promotion:
    """Give a version the alias if there is evidence that it deserves it, else the alias ``challenger``.

    It deserves it if nobody has it and it beats the mean; or if, on the very same holdout rows, it has less
    error than whoever has it, by more than chance: the 95 % interval of the difference, by a paired
    bootstrap, leaves zero out. A decision about an alias is kept: another call changes nothing.

    The errors of whoever has it are those that were noted when it was registered, so that deciding needs
    neither its data nor its code, and no error changes with the machine that decides.

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
    residuals : float64 array (n_rows,)
        Target minus prediction of this version, on these rows.
    baseline_rmse : float
        Root mean squared error of predicting the training mean.
    """
    rmse = float(np.sqrt(np.mean(np.square(residuals))))

    def once() -> Promotion:
        candidate = store.client.get_model_version(version.name, version.version)
        if candidate.tags.get(WANTED) == alias and ALIAS in candidate.tags:
            return Promotion(candidate.tags[ALIAS], candidate.tags[DECISION])
        champion = find_holder(store, version.name, alias)
        if champion is not None and str(champion.version) == str(candidate.version):
            # Interrupted between alias and tag, or chosen in MLflow's UI before this.
            promotion = Promotion(alias, candidate.tags.get(DECISION, "chosen by somebody else"))
        elif champion is None:
            promotion = _first(alias, rmse, baseline_rmse)
        else:
            promotion = _decide(store, champion, alias, holdout_digest, residuals)
        _note(store, version, {DIGEST: holdout_digest, RMSE: repr(rmse), DECISION: promotion.reason})
        if promotion.evidence:
            _note(store, version, {EVIDENCE: promotion.evidence.to_json()})
        reach(Failpoint.DECISION_NOTED)
        give(store, version, Event.now(promotion.alias, version.version, promotion.reason))
        _note(store, version, {WANTED: alias, ALIAS: promotion.alias})
        reach(Failpoint.ALIAS_NOTED)
        return promotion

    # Two sweeps of one model must not both compare themselves with the same champion.
    with store.hold_model(version.name):
        return store.call(once)


def promote_by_hand(store: Store, version: RegisteredVersion, *, alias: str, why: str) -> Promotion:
    """Give a version the alias because somebody says so; what the numbers say is noted beside it.

    Raises
    ------
    NoInputError
        If there is no such version.
    RefusedError
        If its files are not what was registered: nobody could load it safely.
    """

    def once() -> Promotion:
        require_model(store, version.name)
        chosen = _existing(store, version)
        read_files(store, chosen, FILES)
        evidence = _evidence_about(store, chosen, alias)
        reason = why if evidence is None else f"{why} ({evidence})"
        tags = {DECISION: reason, WANTED: alias, ALIAS: alias}
        _note(store, version, tags if evidence is None else {**tags, EVIDENCE: evidence.to_json()})
        give(store, version, Event.now(alias, version.version, reason))
        return Promotion(alias, reason, evidence)

    with store.hold_model(version.name):
        return store.call(once)


def roll_back(store: Store, model: str, *, alias: str, why: str) -> RegisteredVersion:
    """Give the alias back to whoever had it before; return that version.

    Raises
    ------
    NoInputError
        If nobody had it before, or there is no such model.
    """

    def once() -> RegisteredVersion:
        require_model(store, model)
        hint, holder = f"model={model} version=N chooses one", find_holder(store, model, alias)
        if holder is None:
            raise NoInputError(f"nobody of this model is {alias}", where=model, hint=hint)
        before = [v for v in champions(history(store, model), alias) if _is_there(store, model, v)]
        while before and before[-1] == str(holder.version):
            before.pop()
        if not before:
            raise NoInputError(f"nobody was {alias} before", where=model, hint=hint)
        version = RegisteredVersion(model, before[-1])
        reason = f"{why}: back from v{holder.version}"
        _note(store, version, {DECISION: reason, ALIAS: alias, WANTED: alias})
        give(store, version, Event.now(alias, version.version, reason, back=True))
        return version

    with store.hold_model(model):
        return store.call(once)


def find_holder(store: Store, name: str, alias: str) -> ModelVersion | None:
    """Return the version that has an alias, or None."""
    try:
        return store.client.get_model_version_by_alias(name, alias)
    except MlflowException as error:
        # SQL stores and servers differ in what they call an alias that nobody has.
        if error.error_code in ABSENT:
            return None
        raise


def _first(alias: str, rmse: float, baseline_rmse: float) -> Promotion:
    if rmse < baseline_rmse:
        return Promotion(alias, f"the first, and better than the mean ({rmse:.6g} < {baseline_rmse:.6g})")
    return Promotion(CHALLENGER, f"no better than the mean ({rmse:.6g} against {baseline_rmse:.6g})")


def _decide(store: Store, champion: ModelVersion, alias: str, digest: str, residuals: Floats) -> Promotion:
    holder = f"{alias} v{champion.version}"
    if champion.tags.get(DIGEST, digest) != digest:
        return Promotion(CHALLENGER, f"{holder} was scored on other holdout rows, so they don't compare")
    errors = residuals_of(store, champion)
    if errors is None or len(errors) != len(residuals) or DIGEST not in champion.tags:
        return Promotion(CHALLENGER, f"{holder} has no holdout errors to compare with")
    evidence = compare(residuals, errors)
    if evidence.is_better:
        return Promotion(alias, f"better than {holder}: {evidence}", evidence)
    words = "worse than" if evidence.is_worse else "not shown to be better than"
    return Promotion(CHALLENGER, f"{words} {holder}: {evidence}", evidence)


def _evidence_about(store: Store, chosen: ModelVersion, alias: str) -> Evidence | None:
    """Compare a version with whoever has the alias, where both were scored on the same rows."""
    champion = find_holder(store, chosen.name, alias)
    if champion is None or str(champion.version) == str(chosen.version):
        return None
    if DIGEST not in chosen.tags or chosen.tags[DIGEST] != champion.tags.get(DIGEST):
        return None
    new, old = residuals_of(store, chosen), residuals_of(store, champion)
    return None if new is None or old is None or len(new) != len(old) else compare(new, old)


def residuals_of(store: Store, version: ModelVersion) -> Floats | None:
    """Return the errors that were noted with a version, or None where they can't be trusted."""
    try:
        content = read_files(store, version, FILES, [RESIDUALS]).get(RESIDUALS)
    except RefusedError:
        return None
    return None if content is None else np.load(io.BytesIO(content), allow_pickle=False)


def _existing(store: Store, version: RegisteredVersion) -> ModelVersion:
    try:
        return store.client.get_model_version(version.name, version.version)
    except MlflowException as error:
        if error.error_code not in ABSENT:
            raise
        raise no_such_version(store, version.name, version.version) from None


def _is_there(store: Store, model: str, version: str) -> bool:
    try:
        _existing(store, RegisteredVersion(model, version))
    except NoInputError:
        return False
    return True


def give(store: Store, version: RegisteredVersion, event: Event) -> None:
    """Give an alias to a version, and note it in the model's history."""
    store.client.set_registered_model_alias(version.name, event.alias, version.version)
    reach(Failpoint.ALIAS_SET)
    add_event(store, version.name, event)


def _note(store: Store, version: RegisteredVersion, tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        store.client.set_model_version_tag(version.name, version.version, key, value)
