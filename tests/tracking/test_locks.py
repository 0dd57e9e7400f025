"""Laws of the lease: one holder at a time, and none that has ended."""

import time
from contextlib import AbstractContextManager

import pytest

from bigtrain.errors import StoreUnreachableError
from bigtrain.tracking import locks
from bigtrain.tracking.locks import LEASE, Holder, lease_hold

ELSEWHERE = "another-machine"


class Note:
    """The note of a lease, kept here."""

    def __init__(self, holder: Holder | None = None) -> None:
        self.text = "" if holder is None else holder.to_json()

    def write(self, text: str) -> None:
        """Replace it."""
        self.text = text

    def hold(self) -> AbstractContextManager[None]:
        """Hold the lease."""
        return lease_hold("law", lambda: self.text, self.write, lambda: self.write(""))


def holder(host: str, age: float, pid: int = 1) -> Holder:
    """A holder that renewed its lease some seconds ago."""
    then = time.time() - age
    return Holder(pid, host, then, then, then)


@pytest.mark.parametrize(
    "first",
    [None, holder(ELSEWHERE, LEASE + 1), holder(Holder.me().host, 0.0, pid=2**22 + 1)],
    ids=["nobody", "expired elsewhere", "ended here"],
)
def test_a_lease_without_a_living_holder_is_free(first: Holder | None) -> None:
    """Nobody's, an expired, and a dead process's lease can be taken, and are free afterwards."""
    note = Note(first)
    with note.hold():
        assert Holder.me().pid == Holder.read(note.text).pid  # type: ignore[union-attr]
    assert note.text == ""


def test_a_lease_held_elsewhere_is_respected() -> None:
    """A holder on another machine that renewed in time keeps it, and is named."""
    note = Note(holder(ELSEWHERE, LEASE / 2))
    with (
        pytest.raises(StoreUnreachableError, match="held by process 1 on another-machine since"),
        note.hold(),
    ):
        pass
    assert Holder.read(note.text).host == ELSEWHERE  # type: ignore[union-attr]


def test_of_two_at_the_same_time_one_holds() -> None:
    """Whoever wrote last holds it; the other sees that when it reads back."""

    class Contested(Note):
        def write(self, text: str) -> None:
            """Be overwritten at once."""
            super().write(text)
            super().write(holder(ELSEWHERE, 0.0).to_json())

    with pytest.raises(StoreUnreachableError, match=ELSEWHERE), Contested().hold():
        pass


def test_a_held_lease_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is held, its time moves on."""
    monkeypatch.setattr(locks, "RENEWAL", 0.02)
    note = Note()
    with note.hold():
        before = Holder.read(note.text)
        time.sleep(0.2)
        after = Holder.read(note.text)
    assert before is not None
    assert before.same(after)
    assert after is not None
    assert after.renewed > before.renewed


@pytest.mark.parametrize("text", [None, "", "nonsense", "{}", "[1]"])
def test_an_illegible_note_names_nobody(text: str | None) -> None:
    """What can't be read is no holder."""
    assert Holder.read(text) is None
