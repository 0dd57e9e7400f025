"""Leave passwords out of whatever is shown or kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Up to the last "@" of a word, since a password may hold every other sign that divides an address. What
# stands there in models:/NAME@ALIAS is a name.
_USER = re.compile(r"(?<!\bmodels)(:/*|//)\S*@")
# A bare "key=" is no secret but in the query of an address.
_NAMED = r"(?:password|passwd|passphrase|pwd|token|secret|(?:api|access|private)[_-]?key|[?&]\w*(?:sig|key))="
_VALUE = re.compile(rf"(?i)({_NAMED})[^&\s]*")

# Numbers and short words are in every text and would take its sense with them, unless named as secrets.
_SECRET_NAME = re.compile(r"(?i)pass|pwd|secret|token|key|cred|auth")
_ORDINARY = re.compile(r"(?i).{0,3}|[-+.\de]+|true|false|null|none")

_hidden: dict[str, str] = {}
"""What stands for a value that came from the environment. Of the process, as the environment is."""


def hide(name: str, value: str) -> None:
    """Leave the value of an environment variable out of every text from now on; its name stands for it."""
    if _SECRET_NAME.search(name) or not _ORDINARY.fullmatch(value):
        _hidden[value] = f"${{oc.env:{name}}}"


def redacted(text: str) -> str:
    """Return a text without what stands before the ``@`` of an address, and without values named as secret.

    What came from the environment (`hide`) is shown by its name.
    Rather too much than too little: of ``a:b@c``, which may be no address at all, ``a:…@c`` is left.

    >>> redacted("postgresql://me:p@ss/word@host/db?sslkey=x&password=secret&timeout=3")
    'postgresql://…@host/db?sslkey=…&password=…&timeout=3'
    """
    return _VALUE.sub(r"\1…", _USER.sub(r"\1…@", by_name(text)))


def by_name(text: str) -> str:
    """Return a text in which what came from the environment is shown by its name, and all else as it is."""
    for value in sorted(_hidden, key=len, reverse=True):
        text = text.replace(value, _hidden[value])
    return text


def redacted_tree(tree: Any) -> Any:
    """Return plain data with every text in it redacted."""
    if isinstance(tree, str):
        return redacted(tree)
    if isinstance(tree, Mapping):
        return {redacted_tree(key): redacted_tree(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [redacted_tree(value) for value in tree]
    return tree
