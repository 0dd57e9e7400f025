"""Laws of holding: one holder at a time, none that has ended, and nobody in the way of another's start."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from bigtrain.errors import StoreUnreachableError
from bigtrain.tracking import lease as leases
from bigtrain.tracking import refuse_if_held
from bigtrain.tracking.address import read_address
from bigtrain.tracking.lease import Lease, renewed
from bigtrain.tracking.locks import LEASE, Holder, file_hold, machine

ADDRESS = read_address("http://nowhere", None, Path())


class Note:
    """The note of a lease, kept here."""

    def __init__(self, holder: Holder | None = None) -> None:
        self.text = "" if holder is None else holder.to_json()

    def write(self, text: str) -> None:
        """Replace it."""
        self.text = text

    @property
    def holder(self) -> Holder | None:
        """Whose it is."""
        return Holder.read(self.text)

    def lease(self) -> Lease:
        """Make a lease by this note."""
        return Lease("sweep 'law'", lambda: self.text, self.write)

    @contextmanager
    def hold(self) -> Iterator[Lease]:
        """Hold the lease."""
        lease = self.lease()
        lease.take()
        with renewed(lease, ADDRESS):
            yield lease
        lease.give_back()


def holder(age: float, **given: object) -> Holder:
    """A holder on another machine, of this one's name, that renewed its lease some seconds ago."""
    then = time.time() - age
    elsewhere = Holder(1, Holder.me().host, "another-machine", then, then, then)
    return replace(elsewhere, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "first",
    [None, holder(LEASE + 1), holder(0.0, machine=machine(), pid=2**22 + 1)],
    ids=["nobody", "expired elsewhere", "ended here"],
)
def test_a_lease_without_a_living_holder_is_free(first: Holder | None) -> None:
    """Nobody's, an expired, and a dead process's lease can be taken, and are free afterwards."""
    note = Note(first)
    with note.hold():
        assert note.holder is not None
        assert os.getpid() == note.holder.pid
    assert note.text == ""


def test_a_lease_held_elsewhere_is_respected() -> None:
    """A holder on another machine that renewed in time keeps it, even if both machines have one name."""
    first = holder(LEASE / 2, pid=2**22 + 1)
    note = Note(first)
    with pytest.raises(StoreUnreachableError, match=f"held by process {2**22 + 1} on .+ since"):
        note.lease().take()
    assert first == note.holder


def test_of_two_at_the_same_time_one_holds() -> None:
    """Whoever wrote last holds it; the other sees that when it reads back."""

    class Contested(Note):
        def write(self, text: str) -> None:
            """Be overwritten at once."""
            super().write(text)
            super().write(holder(0.0, host="another").to_json())

    with pytest.raises(StoreUnreachableError, match="another"):
        Contested().lease().take()


def test_taking_may_be_repeated() -> None:
    """A lease that was taken without our hearing of it is taken again, as ours."""
    note = Note()
    lease = note.lease()
    lease.take()
    lease.take()
    with pytest.raises(StoreUnreachableError, match=f"held by process {os.getpid()} "):
        note.lease().take()


def test_a_held_lease_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is held, its time moves on."""
    monkeypatch.setattr(leases, "RENEWAL", 0.02)
    note = Note()
    with note.hold():
        before = note.holder
        time.sleep(0.2)
        after = note.holder
    assert before is not None
    assert before.same(after)
    assert after is not None
    assert after.renewed > before.renewed


def test_who_was_replaced_while_asleep_leaves_the_other_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another's lease is neither renewed nor cleared, and the sleeper hears of it before it writes."""
    monkeypatch.setattr(leases, "RENEWAL", 0.02)
    note, other = Note(), holder(0.0)
    with note.hold() as lease:
        lease.check()
        note.write(other.to_json())
        time.sleep(0.2)
        monkeypatch.setattr(leases, "LEASE", 0.0)
        with pytest.raises(StoreUnreachableError, match="another process took over"):
            lease.check()
    assert other == note.holder


@pytest.mark.parametrize("text", [None, "", "nonsense", "{}", "[1]"])
def test_an_illegible_note_names_nobody(text: str | None) -> None:
    """What can't be read is no holder."""
    assert Holder.read(text) is None


def test_a_timeout_within_a_hold_is_its_own(tmp_path: Path) -> None:
    """A lock that something inside can't have is not told as ours being held."""
    with (
        pytest.raises(Timeout),
        FileLock(tmp_path / "other"),
        file_hold(tmp_path / "law.lock", "sweep 'law'"),
        FileLock(tmp_path / "other", timeout=0),
    ):
        pass
    with file_hold(tmp_path / "law.lock", "sweep 'law'"):
        pass


def test_to_look_whether_a_sweep_is_held_is_in_nobodys_way(tmp_path: Path) -> None:
    """However many commands look at once, none is refused for another's looking, and nothing is written."""
    folder = tmp_path / "mlruns" / ".locks"
    folder.mkdir(parents=True)
    (tmp_path / "mlruns" / "mlflow.db").touch()
    with FileLock(folder / "law.lock"):
        # Whoever has only just the lock is met by the hold itself, a moment later.
        refuse_if_held(None, None, tmp_path, "law")
        assert [path.name for path in folder.iterdir()] == ["law.lock"]


def test_a_hold_can_be_waited_for(tmp_path: Path) -> None:
    """Where the other lets go in time, who waits has it then."""
    path, order = tmp_path / "law.lock", []
    taken = threading.Event()

    def first() -> None:
        with file_hold(path, "model 'law'"):
            taken.set()
            time.sleep(0.2)
            order.append("first")

    other = threading.Thread(target=first)
    other.start()
    taken.wait()
    with file_hold(path, "model 'law'", wait=10):
        order.append("second")
    other.join()
    assert order == ["first", "second"]
