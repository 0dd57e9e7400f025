"""Keep others off a sweep or a model: by a locked file beside a SQLite store, by a lease in any other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager

from mlflow import MlflowClient

from bigtrain.tracking.address import Address, slug
from bigtrain.tracking.failures import PATIENCE, impatiently, in_words, patiently
from bigtrain.tracking.lease import Lease, renewed
from bigtrain.tracking.locks import HeldError, file_hold, lock_file

LEASE_TAG = "bigtrain.lease"
TURN = 0.5
"""Seconds between two looks at what another holds."""


class Holds:
    """What this process holds in one store.

    Parameters
    ----------
    address : Address
        Of the store.
    client : MlflowClient
        For it.
    """

    def __init__(self, address: Address, client: MlflowClient) -> None:
        self._address, self._client = address, client
        self._leases: list[Lease] = []

    def check(self) -> None:
        """Raise a StoreUnreachableError if a lease of ours is lost; call it before each write."""
        for lease in self._leases:
            lease.check()

    def sweep(self, name: str, experiment_of: Callable[[str], str]) -> AbstractContextManager[None]:
        """Hold a sweep, or raise a HeldError at once; ``experiment_of`` returns the id of an experiment."""
        what = f"sweep {name!r}"
        if self._address.database is not None:
            return self._locked(slug(name), what)
        experiment_id = experiment_of(name)

        def read() -> str | None:
            tags: Mapping[str, str] = self._client.get_experiment(experiment_id).tags
            return tags.get(LEASE_TAG)

        def write(text: str) -> None:
            self._client.set_experiment_tag(experiment_id, LEASE_TAG, text)

        return self._leased(what, read, write)

    def model(self, model: str) -> AbstractContextManager[None]:
        """Hold a registered model, which nobody does for long, so that we wait for our turn."""
        what = f"model {model!r}"
        if self._address.database is not None:
            # No sweep's file has a dot in its name.
            return self._locked(f"{slug(model)}.model", what, PATIENCE)

        def read() -> str | None:
            tags: Mapping[str, str] = self._client.get_registered_model(model).tags
            return tags.get(LEASE_TAG)

        def write(text: str) -> None:
            self._client.set_registered_model_tag(model, LEASE_TAG, text)

        return self._leased(what, read, write, PATIENCE)

    @contextmanager
    def _locked(self, name: str, what: str, wait: float = 0.0) -> Iterator[None]:
        with ExitStack() as stack:
            with in_words(self._address):
                assert self._address.database is not None  # noqa: S101 - the callers have looked
                stack.enter_context(file_hold(lock_file(self._address.database, name), what, wait))
            yield

    @contextmanager
    def _leased(
        self, what: str, read: Callable[[], str | None], write: Callable[[str], None], wait: float = 0.0
    ) -> Iterator[None]:
        lease = Lease(what, read, write)
        self._take(lease, wait)
        with renewed(lease, self._address):
            self._leases.append(lease)
            try:
                yield
            finally:
                self._leases.remove(lease)
                impatiently(self._address, lease.give_back)

    def _take(self, lease: Lease, wait: float) -> None:
        give_up = time.monotonic() + wait
        while True:
            try:
                patiently(self._address, lease.take)
            except HeldError:
                if time.monotonic() > give_up:
                    raise
                time.sleep(TURN)
            else:
                return
