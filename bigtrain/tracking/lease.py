"""Hold something by a note in the store itself, where no file of this machine could be locked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from bigtrain.errors import BigtrainError, StoreUnreachableError
from bigtrain.tracking.address import Address
from bigtrain.tracking.failures import in_words
from bigtrain.tracking.locks import LEASE, HeldError, Holder

RENEWAL = 15.0
SETTLING = 0.3
"""Seconds between writing a lease and reading it back, longer than two writers can be apart."""
JOINING = 1.0


class Lease:
    """A hold that lasts while it is renewed.

    Weaker than a lock: between two machines it rests on their clocks agreeing to well within `LEASE`
    seconds. A holder on this machine that has ended is recognised at once, one elsewhere after `LEASE`.
    All methods may be repeated.

    Parameters
    ----------
    what : str
        What is held, for messages.
    read : callable
        Returns the note.
    write : callable
        Replaces the note.
    """

    def __init__(self, what: str, read: Callable[[], str | None], write: Callable[[str], None]) -> None:
        self._what, self._read, self._write = what, read, write
        self._me = Holder.me()
        self._renewed = 0.0

    def take(self) -> None:
        """Take it.

        Raises
        ------
        HeldError
            If another has it.
        """
        holder = self._holder()
        if not (holder is None or holder.is_gone or self._me.same(holder)):
            raise HeldError(self._what, holder)
        self._sign()
        time.sleep(SETTLING)
        winner = self._holder()
        if not self._me.same(winner):
            raise HeldError(self._what, winner)

    def renew(self) -> None:
        """Make it last.

        Raises
        ------
        StoreUnreachableError
            If it isn't ours any more: we slept, or were cut off, for longer than it lasts.
        """
        if not self._me.same(self._holder()):
            raise StoreUnreachableError(
                "another process took over while this one was away",
                where=self._what,
                hint="nothing is lost; the same command again goes on once the other has ended",
            )
        self._sign()

    def check(self) -> None:
        """Renew it if that is overdue: who was stopped for a while may have lost it without knowing."""
        if time.time() - self._renewed > LEASE / 2:
            self.renew()

    def give_back(self) -> None:
        """Clear the note, if it is ours."""
        if self._me.same(self._holder()):
            self._write("")

    def _holder(self) -> Holder | None:
        return Holder.read(self._read())

    def _sign(self) -> None:
        now = time.time()
        self._write(self._me.to_json(renewed=now))
        self._renewed = now


@contextmanager
def renewed(lease: Lease, address: Address) -> Iterator[None]:
    """Renew a lease every `RENEWAL` seconds for the length of a block."""
    done = threading.Event()

    def renew() -> None:
        while not done.wait(RENEWAL):
            # One try: the next turn will do, and whether it is lost, `check` finds before the next write.
            with suppress(BigtrainError), in_words(address):
                lease.renew()

    renewing = threading.Thread(target=renew, daemon=True, name="bigtrain-lease")
    renewing.start()
    try:
        yield
    finally:
        done.set()
        renewing.join(JOINING)
