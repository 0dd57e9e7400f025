"""Where Hydra finds configurations: the user's own conf/ and sweeps/ first, then the shipped ones."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_search_path import ConfigSearchPath
from hydra.core.object_type import ObjectType
from hydra.core.plugins import Plugins
from hydra.plugins.config_source import ConfigResult, ConfigSource
from hydra.plugins.search_path_plugin import SearchPathPlugin
from omegaconf import OmegaConf

from bigtrain.config.about import register_about
from bigtrain.config.environment import register_environment
from bigtrain.config.origins import Origins
from bigtrain.config.strict_yaml import read_yaml
from bigtrain.errors import ConfigError

PACKAGE = Path(__file__).parent.parent
GROUP = "sweeps"
ORIGINS = Origins()
"""The user's files that Hydra has read since `register_sources`; Hydra makes its sources itself."""


def shipped_root() -> Path:
    """Return the folder of the shipped conf/ and sweeps/: in a wheel, or beside a checkout's package."""
    packed = PACKAGE / "_shipped"
    return packed if packed.is_dir() else PACKAGE.parent


@lru_cache(maxsize=512)
def _parsed(text: str) -> bytes:
    """Return a file's header and content, pickled, from which a copy is made soonest.

    A command composes several times, and Hydra's parser is slow.
    """
    return pickle.dumps((ConfigSource._get_header_dict(text), OmegaConf.load(io.StringIO(text))))


class ConfSource(FileConfigSource):
    """A folder of YAML files, each checked before Hydra reads it."""

    @staticmethod
    def scheme() -> str:
        """Return the word before ``://`` in a search path."""
        return "conf"

    def load_config(self, config_path: str) -> ConfigResult:
        """Check one file, and read it as Hydra does; a byte order mark hides its header no more."""
        path = Path(self.path, self._normalize_file_name(config_path))
        text = read_yaml(path)
        try:
            header, config = pickle.loads(_parsed(text))  # noqa: S301 - our own
        except Exception as error:
            # An AssertionError of OmegaConf, an unclosed ${ to its grammar: neither says which file.
            problem = str(error).strip().partition("\n")[0] or "Hydra can't read this"
            raise ConfigError(problem, where=str(path)) from error
        if not path.is_relative_to(shipped_root()):
            ORIGINS.add(path, config_path, header["package"], text)
        return ConfigResult(
            config=config, path=f"{self.scheme()}://{self.path}", provider=self.provider, header=header
        )


class FileSource(ConfSource):
    """The same for the folders of ``hydra.searchpath``, in the place of Hydra's own source."""

    @staticmethod
    def scheme() -> str:
        """Return the word before ``://`` in a search path."""
        return "file"


class SweepsSource(ConfSource):
    """A folder that is the group ``sweeps`` whatever stands beside it."""

    @staticmethod
    def scheme() -> str:
        """Return the word before ``://`` in a search path."""
        return "sweeps"

    def is_group(self, config_path: str) -> bool:
        """Whether the path is the one group there is."""
        return config_path in ("", GROUP) and Path(self.path, GROUP).is_dir()

    def is_config(self, config_path: str) -> bool:
        """Whether the path is a recipe."""
        return config_path.startswith(f"{GROUP}/") and super().is_config(config_path)

    def list(self, config_path: str, results_filter: ObjectType | None) -> list[str]:
        """Return the names of the recipes, or of the group."""
        if config_path:
            return super().list(config_path, results_filter)
        return [GROUP] if self.is_group(GROUP) and results_filter is not ObjectType.CONFIG else []


class OwnFirst(SearchPathPlugin):
    """Puts --config-dir, then the working folder's conf/ and sweeps/, before those that bigtrain brings."""

    folders: ClassVar[tuple[Path, ...]] = ()

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        """Add the places, first come first served."""
        for folder in self.folders:
            search_path.append("command-line", f"conf://{folder}")
        for provider, root in (("own", Path.cwd()), ("bigtrain", shipped_root())):
            if (root / "conf").is_dir():
                search_path.append(provider, f"conf://{root / 'conf'}")
            if (root / GROUP).is_dir():
                search_path.append(provider, f"sweeps://{root}")


def register_sources(folders: Sequence[Path] = ()) -> None:
    """Tell Hydra of the places above.

    Parameters
    ----------
    folders : sequence of Path
        Those of ``--config-dir``.
    """
    register_environment()
    register_about()
    OwnFirst.folders = tuple(folders)
    ORIGINS.files.clear()
    Plugins.instance()  # registers Hydra's own sources, one of which is then replaced
    SourcesRegistry.instance().types[FileSource.scheme()] = FileSource
    for source in (ConfSource, SweepsSource):
        SourcesRegistry.instance().register(source)
    Plugins.instance().register(OwnFirst)
