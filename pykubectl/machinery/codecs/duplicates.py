"""Duplicate keys in JSON texts, with the paths that the API names them by.

Source: ``sigs.k8s.io/json`` strict decoding.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.codecs import json


class _Object(list[tuple[str, Any]]):
    """An object as its pairs, duplicates included."""


def duplicate_fields(text: bytes, decoded: Any) -> list[str]:
    """Paths of keys that stand more than once in their object; ``decoded`` is the same text read leniently."""
    if not _may_have_duplicates(text, decoded):
        return []
    from json import loads

    found: list[str] = []
    _walk(loads(text, object_pairs_hook=_Object), "", found)
    return found


def _may_have_duplicates(text: bytes, decoded: Any) -> bool:
    """Each key has a colon behind it: as many colons as in a text of what has been read means no key was lost."""
    try:
        return text.count(b":") != json.dumps(decoded).count(b":")
    except (TypeError, ValueError):
        # Halves of surrogate pairs: read, but not to be written.
        return True


def _walk(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, _Object):
        seen: set[str] = set()
        for key, entry in value:
            here = f"{path}.{key}" if path else key
            if key in seen and here not in found:
                found.append(here)
            seen.add(key)
            _walk(entry, here, found)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _walk(entry, f"{path}[{index}]", found)
