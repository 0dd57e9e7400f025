"""Where a wrong value stands: the user's own file and line, when it was not the command line that said it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bigtrain.errors import BigtrainError


@dataclass
class Origins:
    """The user's own files that took part in a composition.

    Attributes
    ----------
    files : dict of Path to (str, str)
        By path, in the order of loading: the key under which a file's content stands (empty: the top),
        and its text.
    """

    files: dict[Path, tuple[str, str]] = field(default_factory=dict)

    def add(self, path: Path, config_path: str, package: str | None, text: str) -> None:
        """Note a file as it is loaded.

        Parameters
        ----------
        path : Path
            The file.
        config_path : str
            Its name to Hydra: ``data/mine``.
        package : str or None
            What its header says of where its content goes; by default under its folder's name.
        text : str
            Its content, already checked.
        """
        folder = config_path.rpartition("/")[0].replace("/", ".")
        prefix = {None: folder, "_group_": folder, "_global_": ""}.get(package, package)
        self.files[path] = (prefix or "", text)

    def locate(self, error: BigtrainError, overrides: Iterable[str]) -> BigtrainError:
        """Put the file and line before an error's key, unless the command line gave it or it is shipped.

        Parameters
        ----------
        error : BigtrainError
            What was refused; its `where` is the key.
        overrides : iterable of str
            The command line.
        """
        place = self._place((error.where or "").split("."), [_key(override) for override in overrides])
        if place is not None:
            error.args = (f"{place}: {error}",)
        return error

    def _place(self, key: Sequence[str], said: Sequence[str]) -> str | None:
        """Return ``file:line`` of a key, or of the nearest one above it that some file has."""
        # What stands at the top, a recipe above all, goes over what the groups' files say.
        in_order = sorted(self.files.items(), key=lambda item: item[1][0] == "")
        for length in range(len(key), 0, -1):
            above = ".".join(key[:length])
            if above in said:
                return None
            for path, (prefix, text) in reversed(in_order):
                line = _line(text, _beginning(prefix, path.stem, above), above)
                if line is not None:
                    return f"{path}:{line}"
        return None


def _key(override: str) -> str:
    return override.lstrip("+~").partition("=")[0]


def _beginning(prefix: str, name: str, key: str) -> str:
    """Return the key under which a file's content stands: an option's file may be below any choice."""
    above, choices, below = key.rpartition(f".choices.{name}.")
    return f"{above}{choices}".rstrip(".") if prefix and above and below else prefix


def _line(text: str, prefix: str, key: str) -> int | None:
    """Return the line, from 1, at which a file has a key, or None."""
    if prefix and not key.startswith(f"{prefix}."):
        return None
    node, line = yaml.compose(text, yaml.CSafeLoader), None
    for part in key.removeprefix(f"{prefix}.").split("."):
        below = _below(node, part)
        if below is None:
            return None
        line, node = below[0].start_mark.line + 1, below[1]
    return line


def _below(node: yaml.Node | None, part: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return the nodes of one key of a mapping and of its value."""
    if not isinstance(node, yaml.MappingNode):
        return None
    return next(((key, value) for key, value in node.value if key.value == part), None)
