"""JSON: orjson where it is installed, with the standard library behind it.

Numbers stay what they are: integers are ``int`` whatever their size, others ``float``.
"""

from __future__ import annotations

from typing import Any

try:
    import orjson
except ImportError:  # pragma: no cover - orjson is a dependency; this serves trimmed-down installs
    orjson = None  # type: ignore[assignment]


class JSONError(ValueError):
    """A text that is not JSON; the message is the one Go gives."""


def loads(data: bytes | str) -> Any:
    """Decodes one document; of duplicate keys the last counts. Raises JSONError."""
    try:
        if orjson is not None:
            return orjson.loads(data)
        import json

        return json.loads(data)
    except ValueError as error:
        from pykubectl.machinery.codecs.json_errors import explain

        raise JSONError(explain(data, error)) from None


def dumps(obj: Any) -> bytes:
    """Compact UTF-8."""
    if orjson is not None:
        return orjson.dumps(obj)
    import json

    return json.dumps(obj, separators=(",", ":"), ensure_ascii=False).encode()
