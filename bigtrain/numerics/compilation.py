"""Compile the kernels once, into the user's cache folder, and call them by address.

A kernel is compiled from a loop and the small formulas inside it. Loops that differ only in their formula
(an optimizer's update, a loss's slope) are entered by address, so that a plan is compiled once and not once
for each optimizer: thirteen updates and two plans instead of twenty-six long kernels.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import types
from numba.core import cgutils
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.extending import intrinsic
from platformdirs import user_cache_path

Function = Callable[..., Any]

_OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",  # a division by zero gives inf, as in numpy, and leaves the loop vectorised
    "fastmath": {"contract", "nsz", "reassoc"},  # nan and inf keep their meaning: divergence is seen by them
}
_lock = threading.RLock()

KEPT = 8
"""Versions of the sources whose compiled kernels are kept: those used last."""


@cache
def cache_folder() -> Path | None:
    """Where compiled kernels are kept: a folder of the user's cache named after the sources, or None.

    numba looks only at the file of the kernel itself to tell whether what it has kept is stale; the name of
    the folder covers the formulas in other files. None where nothing can be written.
    """
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = user_cache_path("bigtrain", appauthor=False) / "kernels" / key
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)  # its last use
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    prune(folder.parent)
    return folder


def prune(folders: Path) -> None:
    """Remove all of these folders but the `KEPT` that were used last.

    A process that still runs on one of the others has loaded what it found there, and makes the folder anew
    if it compiles more.
    """
    used = {}
    for folder in folders.iterdir():
        with suppress(OSError):  # another process is pruning too
            used[folder] = folder.stat().st_mtime
    for folder in sorted(used, key=used.__getitem__)[:-KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _our_cache(folder: Path | None) -> Iterator[None]:
    """Point numba's cache at `folder` while a function is decorated, and back, whatever the user has set."""
    with _lock:
        before = numba.config.CACHE_DIR
        try:
            numba.config.CACHE_DIR = str(folder or "")
            yield
        finally:
            numba.config.CACHE_DIR = before


class _Unaliased(CompilerBase):
    """numba's usual pipeline, told that no two arguments overlap: else no loop here is vectorised."""

    def define_pipelines(self) -> list[Any]:
        self.state.flags.noalias = True
        return [DefaultPassBuilder.define_nopython_pipeline(self.state)]


def compiled(function: Function, *signature: Any, **options: Any) -> Any:
    """Compile `function` with numba: at its first call, or now for a `signature`."""
    folder = cache_folder()
    options |= {
        "cache": folder is not None,
        "pipeline_class": _Unaliased,
        "no_cfunc_wrapper": True,
        **_OPTIONS,
    }
    with _our_cache(folder):
        return numba.njit(*signature, **options)(function)


def address(function: Function, arguments: tuple[Any, ...]) -> int:
    """Compile `function` for these argument types and return where its code lies.

    The address stays good: every compiled function is kept in `_kept` until the process ends. It may make no
    array, not even a view of one: to count no references saves a quarter of the time to compile it.
    """
    kernel = compiled(function, types.void(*arguments), no_cpython_wrapper=True, _nrt=False)
    result = kernel.overloads[arguments]
    _kept.append(kernel)
    return int(result.library.get_pointer_to_function(result.fndesc.llvm_func_name))


_kept: list[Any] = []


@intrinsic
def call(typing_context: Any, where: Any, arguments: Any) -> Any:  # noqa: ARG001  (numba's)
    """Call the code at `where` (from `address`) with a tuple of arguments of the types it is compiled for."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kinds = tuple(signature.args[1])
        convention = context.call_conv
        pointer = builder.inttoptr(values[0], convention.get_function_type(types.none, kinds).as_pointer())
        convention.call_function(
            builder, pointer, types.none, kinds, cgutils.unpack_tuple(builder, values[1], len(kinds))
        )
        return context.get_dummy_value()

    return types.void(types.intp, arguments), generate


@intrinsic
def widest_vectors(typing_context: Any) -> Any:  # noqa: ARG001  (numba's)
    """Let the compiler take vectors of 512 bits for the function this is called in, where there are any.

    Its own choice is 256 bits on some processors. A tile that is then read as one vector of 512 would have to
    wait until its two halves have left for the cache.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')  # llvmlite knows plain names only
        return context.get_dummy_value()

    return types.void(), generate
