"""Objects to stored bytes and back.

The resource version of an object is known only after its bytes are written, so they are stored with a placeholder
that is replaced when they are read: ``{"apiVersion":..,"kind":..,"metadata":{"resourceVersion":"",..},..}``. It is
the first field of the metadata, which come before everything that may hold a text of the user's, so the first
occurrence is the right one. Keys are sorted: equal objects have equal bytes.
"""

from __future__ import annotations

from typing import Any

import orjson

_FIELD = b'"resourceVersion":"'
_PLACEHOLDER = b'"resourceVersion":""'
_FIRST = ("apiVersion", "kind", "metadata")
_SORTED = orjson.OPT_SORT_KEYS


def encode(obj: dict[str, Any]) -> bytes:
    """The bytes to be stored: without resource version, keys sorted, buffer of exact size."""
    metadata = {name: value for name, value in (obj.get("metadata") or {}).items() if name != "resourceVersion"}
    rest = {name: value for name, value in obj.items() if name not in _FIRST}
    # join() makes a buffer of exact size; what orjson returns keeps several KB more alive than it needs.
    return b"".join(
        (
            b'{"apiVersion":',
            orjson.dumps(obj.get("apiVersion", "")),
            b',"kind":',
            orjson.dumps(obj.get("kind", "")),
            b',"metadata":{',
            _PLACEHOLDER,
            b"," if metadata else b"",
            orjson.dumps(metadata, option=_SORTED)[1:],
            b"," if rest else b"",
            orjson.dumps(rest, option=_SORTED)[1:],
        )
    )


def stamp(stored: bytes, revision: int) -> bytes:
    """Stored bytes with their resource version: what is served."""
    return stored.replace(_PLACEHOLDER, b'"resourceVersion":"%d"' % revision, 1)


def restamp(raw: bytes, revision: int) -> bytes:
    """Served bytes with another resource version."""
    start = raw.index(_FIELD) + len(_FIELD)
    end = raw.index(b'"', start)
    return b"%b%d%b" % (raw[:start], revision, raw[end:])


def with_revision(obj: dict[str, Any], revision: int) -> dict[str, Any]:
    """The object with its resource version set; shares everything else with the one given."""
    return {**obj, "metadata": {**(obj.get("metadata") or {}), "resourceVersion": str(revision)}}
