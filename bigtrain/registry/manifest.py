"""The files of a version: their digests, noted when it is registered, and read back only if they agree."""

from __future__ import annotations

import hashlib
import json
import re
import stat
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from bigtrain.errors import RefusedError
from bigtrain.tracking import Store

MANIFEST = "bigtrain.manifest"
"""The tag of a version that holds the SHA-256 digest of each of its files."""

LEFT_BY_MLFLOW = "registered_model_meta"
"""What MLflow's own loader puts into the folder of a local store; it is never read."""

_AGAIN = "register the model again, by a sweep under another registry.model"


def manifest_of(folder: Path) -> str:
    """Return the digests of all files in a folder, by name, as JSON."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return json.dumps({path.relative_to(folder).as_posix(): _digest(path.read_bytes()) for path in files})


def read_files(
    store: Store, version: ModelVersion, allowed: Collection[str], wanted: Collection[str] | None = None
) -> dict[str, bytes]:
    """Read files of a registered version, each exactly as it was registered.

    Nothing of them is interpreted. What is returned is what was checked: they are read once.

    Parameters
    ----------
    store : Store
        Where the version is.
    version : ModelVersion
        MLflow's record of it.
    allowed : collection of str
        The names that its files may have.
    wanted : collection of str, optional
        Those to read, where they are there; all of them by default.

    Returns
    -------
    dict
        Content by name.

    Raises
    ------
    RefusedError
        If the version has no manifest; if a file is missing, changed, added, of another name, or no file.
    """
    where = f"{version.name}/{version.version}"
    manifest = _manifest(version, where)
    _refuse_strangers(set(manifest) - set(allowed), where)
    chosen = [name for name in manifest if wanted is None or name in wanted]
    files = store.call(lambda: _read(store, version, manifest, chosen, where))
    for name, content in files.items():
        if _digest(content) != manifest[name]:
            raise RefusedError("not the file that was registered", where=f"{where}: {name}", hint=_AGAIN)
    return files


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _manifest(version: ModelVersion, where: str) -> Mapping[str, str]:
    text = version.tags.get(MANIFEST)
    if text is None:
        raise RefusedError(
            "was not registered by bigtrain, or before it kept digests", where=where, hint=_AGAIN
        )
    try:
        manifest = json.loads(text)
    except ValueError:
        manifest = None
    if not isinstance(manifest, dict) or not all(isinstance(value, str) for value in manifest.values()):
        raise RefusedError(f"the tag {MANIFEST} is no manifest", where=where, hint=_AGAIN)
    return manifest


def _refuse_strangers(names: Collection[str], where: str) -> None:
    if names:
        raise RefusedError("a file that bigtrain doesn't write", where=f"{where}: {min(names)}", hint=_AGAIN)


def _read(
    store: Store, version: ModelVersion, manifest: Mapping[str, str], wanted: Collection[str], where: str
) -> dict[str, bytes]:
    # The place a registered version's files are at, which a server may know under another name.
    source = store.client.get_model_version_download_uri(version.name, version.version)
    folder = _local_folder(source)
    if folder is not None:
        _refuse_links(folder, where)
        _refuse_others({path.name for path in folder.iterdir()}, manifest, where)
        return {name: (folder / name).read_bytes() for name in wanted}
    repository = get_artifact_repository(source, tracking_uri=store.address.uri)
    # A folder in ours is a stranger, whatever it holds: no need to look into it.
    _refuse_others({entry.path for entry in repository.list_artifacts()}, manifest, where)
    with tempfile.TemporaryDirectory(prefix="bigtrain-") as private:
        paths = {name: repository.download_artifacts(name, private) for name in wanted}  # type: ignore[no-untyped-call]
        return {name: Path(path).read_bytes() for name, path in paths.items()}


def _local_folder(source: str) -> Path | None:
    if re.match(r"[a-z][a-z0-9+.-]+:", source) and not source.startswith("file:"):
        return None
    return Path(url2pathname(urlsplit(source).path)) if source.startswith("file:") else Path(source)


def _refuse_links(folder: Path, where: str) -> None:
    for path in folder.iterdir():
        if not stat.S_ISREG(path.lstat().st_mode):
            raise RefusedError("a link or a folder, not a file", where=f"{where}: {path.name}", hint=_AGAIN)


def _refuse_others(found: set[str], manifest: Mapping[str, str], where: str) -> None:
    _refuse_strangers(found - {LEFT_BY_MLFLOW, *manifest}, where)
    for name in manifest:
        if name not in found:
            raise RefusedError("a file is missing", where=f"{where}: {name}", hint=_AGAIN)
