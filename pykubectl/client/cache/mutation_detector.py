"""Finds code that changes cached objects, which all readers share.

Source: client-go ``tools/cache/mutation_detector.go``.
"""

from __future__ import annotations

import os
from typing import Any

SWITCH = "KUBE_CACHE_MUTATION_DETECTOR"


class CacheMutated(Exception):
    """A cached object was changed in place."""


class MutationDetector:
    """Remembers objects with their text at that time; ``check`` compares."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._seen: list[tuple[Any, bytes]] = []

    def add(self, obj: Any) -> None:
        """Remember the object as it is now."""
        self._seen.append((obj, _text(obj)))

    def check(self) -> None:
        """Raises CacheMutated where an object is not as it was."""
        for obj, text in self._seen:
            now = _text(obj)
            if now != text:
                raise CacheMutated(
                    f"cache {self.name} modified: {text.decode(errors='replace')} became {now.decode(errors='replace')}"
                )


def from_environment(name: str) -> MutationDetector | None:
    """A detector where the environment switches it on."""
    return MutationDetector(name) if os.environ.get(SWITCH, "").lower() in ("1", "t", "true") else None


def _text(obj: Any) -> bytes:
    import msgspec

    return msgspec.json.encode(obj, order="sorted")
