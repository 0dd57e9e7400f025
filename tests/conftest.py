"""What is so for all tests."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress

import pytest
from platformdirs import user_cache_path

# Whoever starts the tests in the background of a script hands on a SIGINT that is ignored, and what is tested
# would be deaf to it in turn.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One cache for all processes of the tests, so that a store is what this very code makes of nothing.

    What takes long to make, and lies under a digest or a version of what it is made of, stays the user's:
    compiled kernels, and matplotlib's list of fonts.
    """
    base = tmp_path_factory.getbasetemp()
    cache = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    for kept in ("bigtrain/kernels", "matplotlib"):
        (user_cache_path() / kept).mkdir(parents=True, exist_ok=True)
        (cache / kept).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):  # another process was first
            (cache / kept).symlink_to(user_cache_path() / kept)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(cache))
        yield


@pytest.fixture(autouse=True)
def nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test takes from the environment is no secret in the next, in whatever order they run."""
    monkeypatch.setattr("bigtrain.redaction._hidden", {})
