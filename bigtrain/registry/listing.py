"""What is registered, in words for whoever asked for something else."""

from __future__ import annotations

from mlflow.exceptions import MlflowException

from bigtrain.errors import NoInputError
from bigtrain.tracking import Store
from bigtrain.wording import did_you_mean, there_are

MOST_ASKED = 1000
"""Models, or versions, that a store gives at once."""


def known_references(store: Store) -> str:
    """Say which references there are: each alias of each model."""
    models = store.client.search_registered_models(max_results=MOST_ASKED)
    known = [f"{model.name}@{alias}" for model in models for alias in model.aliases]
    return there_are(known) if known else "no model has an alias: run a sweep first"


def require_model(store: Store, model: str) -> None:
    """Refuse a model that there is not.

    Raises
    ------
    NoInputError
        With the models that there are.
    """
    try:
        store.client.get_registered_model(model)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        names = [each.name for each in store.client.search_registered_models(max_results=MOST_ASKED)]
        known = there_are(names) if names else "none is registered: run a sweep first"
        hint = did_you_mean(model, names) or known
        raise NoInputError("there is no such model", where="model", received=model, hint=hint) from None


def no_such_version(store: Store, model: str, version: str) -> NoInputError:
    """Return the refusal of a version of a model, with those that there are."""
    known = store.client.search_model_versions(f"name = '{model}'", max_results=MOST_ASKED)
    numbers = sorted((int(each.version) for each in known), reverse=True)
    hint = there_are(list(map(str, numbers))) if numbers else None
    return NoInputError("there is no such version", where=f"{model}/{version}", hint=hint)
