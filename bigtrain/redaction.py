"""Leave passwords out of whatever is shown or kept."""

from __future__ import annotations

import re

# Up to the last "@" of a word, since a password may hold every other sign that divides an address.
_USER = re.compile(r"(:/*|//)\S*@")
# A bare "key=" is no secret but in the query of an address.
_NAMED = r"(?:password|passwd|passphrase|pwd|token|secret|(?:api|access|private)[_-]?key|[?&]\w*(?:sig|key))="
_VALUE = re.compile(rf"(?i)({_NAMED})[^&\s]*")


def redacted(text: str) -> str:
    """Return a text without what stands before the ``@`` of an address, and without values named as secret.

    Rather too much than too little: of ``a:b@c``, which may be no address at all, ``a:…@c`` is left.

    >>> redacted("postgresql://me:p@ss/word@host/db?sslkey=x&password=secret&timeout=3")
    'postgresql://…@host/db?sslkey=…&password=…&timeout=3'
    """
    return _VALUE.sub(r"\1…", _USER.sub(r"\1…@", text))
