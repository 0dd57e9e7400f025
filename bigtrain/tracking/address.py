"""Where the record is kept: a tracking URI read once, checked, and made absolute."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bigtrain.errors import ConfigError, NoInputError
from bigtrain.redaction import redacted

# MLflow's tables have 200 characters for a run's folder; run, experiment and separators take the rest.
_ROOT_LENGTH = 110
_ALLOWED = "sqlite:///FILE, postgresql://…, mysql+pymysql://…, http://… or https://…"
_SQL_SCHEMES = ("postgresql", "mysql")
# MLflow reads these as parts of a URI, and then looks for a file of another name.
_UNUSABLE = re.compile(r"[?#%]")


@dataclass(frozen=True, slots=True)
class Address:
    """A store's address.

    Attributes
    ----------
    uri : str
        The absolute tracking URI, as MLflow takes it.
    shown : str
        The same without passwords: the only form for messages, tags and files.
    artifacts : str or None
        Where files go; None leaves it to the server.
    database : Path or None
        The SQLite file, where the store is one.
    """

    uri: str
    shown: str
    artifacts: str | None
    database: Path | None = None

    @property
    def is_http(self) -> bool:
        """Whether an MLflow server stands between us and the database."""
        return self.uri.startswith(("http://", "https://"))


def read_address(uri: str | None, artifacts: str | None, root: Path) -> Address:
    """Check a tracking URI and make it absolute.

    Parameters
    ----------
    uri : str or None
        The tracking URI; None is ``sqlite:///<root>/mlruns/mlflow.db``.
    artifacts : str or None
        The artifact folder or URI; None is ``<root>/mlruns/artifacts``, or the server's own for HTTP.
    root : Path
        What relative paths are relative to.

    Raises
    ------
    ConfigError
        If the URI is malformed or of a kind MLflow can't use.
    """
    root = root.resolve()
    text = f"sqlite:///{root}/mlruns/mlflow.db" if uri is None else uri.strip()
    scheme, separator, _ = text.partition("://")
    if text.startswith("file:") or not separator:
        raise ConfigError(
            "MLflow keeps no runs in plain folders any more",
            where="tracking.uri",
            received=uri,
            allowed=_ALLOWED,
            hint="for a file on this machine use sqlite:///mlruns/mlflow.db",
        )
    if scheme != "sqlite" and re.search(r"\s", text):
        # Also, what looks for passwords in a text takes an address for one word.
        raise ConfigError("an address has no spaces", where="tracking.uri", hint="write %20 for each")
    if scheme in ("http", "https"):
        return Address(_checked_http(text), redacted(text), artifacts)
    files = _artifact_root(artifacts, root)
    if scheme == "sqlite":
        database = _sqlite_file(text, root)
        absolute = f"sqlite:///{database}"
        return Address(absolute, absolute, files, database)
    if scheme.partition("+")[0] in _SQL_SCHEMES:
        return Address(_checked_sql(text), redacted(text), _short_enough(files))
    raise ConfigError("unknown kind of store", where="tracking.uri", received=text, allowed=_ALLOWED)


def existing_address(uri: str | None, artifacts: str | None, root: Path) -> Address:
    """Read the address of a store that must be there: whoever reads doesn't want an empty one made.

    Parameters and errors are those of `read_address`.

    Raises
    ------
    NoInputError
        If the store is a file that doesn't exist.
    """
    address = read_address(uri, artifacts, root)
    if address.database is not None and not address.database.exists():
        raise NoInputError(
            "there is no store here",
            where=str(address.database),
            hint="run a sweep first, or say which store with tracking.uri=",
        )
    return address


def _sqlite_file(text: str, root: Path) -> Path:
    name = text.removeprefix("sqlite:///")
    if name == text or name in ("", ":memory:") or name.endswith("/"):
        raise ConfigError(
            "a SQLite store needs a file",
            where="tracking.uri",
            received=text,
            allowed="sqlite:///relative/file.db or sqlite:////absolute/file.db",
        )
    return _usable(root / name, "tracking.uri")


def _usable(path: Path, where: str) -> Path:
    if _UNUSABLE.search(str(path)):
        raise ConfigError(
            "MLflow can't use a path with '?', '#' or '%' in it",
            where=where,
            received=str(path),
            hint="work in another folder, or name one with tracking.uri= and tracking.artifacts=",
        )
    return path


def _artifact_root(artifacts: str | None, root: Path) -> str:
    if artifacts is not None and "://" in artifacts:
        return artifacts
    return str(_usable(root / (artifacts or "mlruns/artifacts"), "tracking.artifacts"))


def _short_enough(artifacts: str) -> str:
    if len(artifacts) > _ROOT_LENGTH:
        raise ConfigError(
            f"MLflow's tables have room for {_ROOT_LENGTH} characters",
            where="tracking.artifacts",
            received=artifacts,
            hint="name a shorter folder with tracking.artifacts=",
        )
    return artifacts


def _checked_http(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ConfigError(
            "not an address", where="tracking.uri", received=text, allowed="http://HOST:PORT or https://HOST"
        )
    return text.rstrip("/")


def _checked_sql(text: str) -> str:
    try:
        good = bool(make_url(text).database)
    except (ArgumentError, ValueError):
        good = False
    if not good:
        raise ConfigError(
            "not a database address",
            where="tracking.uri",
            received=text,
            allowed="postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
        )
    # Which driver a bare address means has changed between versions of SQLAlchemy.
    return re.sub(r"^postgresql://", "postgresql+psycopg2://", text)


def slug(name: str) -> str:
    """Return a name for a file or folder: the name itself where it is harmless, else with a digest."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:30]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
