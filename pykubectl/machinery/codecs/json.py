"""JSON: orjson where the process has loaded it, the standard library else.

Servers and typed objects load orjson anyway; a command that prints one table is done before orjson is imported.
Numbers stay what they are: integers are ``int`` whatever their size, others ``float``.
"""

from __future__ import annotations

import json
import sys
from typing import Any


class JSONError(ValueError):
    """A text that is not JSON; the message is the one Go gives."""


def loads(data: bytes | str) -> Any:
    """Decodes one document; of duplicate keys the last counts. Raises JSONError."""
    fast = sys.modules.get("orjson")
    try:
        return json.loads(data) if fast is None else fast.loads(data)
    except ValueError as error:
        from pykubectl.machinery.codecs.json_errors import explain

        raise JSONError(explain(data, error)) from None


def dumps(obj: Any) -> bytes:
    """Compact UTF-8."""
    fast = sys.modules.get("orjson")
    if fast is None:
        return json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
    encoded: bytes = fast.dumps(obj)
    return encoded
