"""Strict decoding: what is wrong with an object that could be read all the same.

Source: apimachinery ``pkg/runtime/error.go``, ``sigs.k8s.io/json`` (paths).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pykubectl.machinery.gostrings import quote


class StrictDecodingError(ValueError):
    """Unknown or duplicate fields; ``faults`` are one text for each, ``obj`` is the object without them."""

    def __init__(self, faults: Iterable[str], obj: Any = None) -> None:
        self.faults = list(dict.fromkeys(faults))
        self.obj = obj
        super().__init__("strict decoding error: " + ", ".join(self.faults))


def unknown_field(path: str) -> str:
    """The fault of a field that the kind doesn't have, e.g. ``spec.template.specs``."""
    return f"unknown field {quote(path)}"


def duplicate_field(path: str) -> str:
    """The fault of a field that is there twice."""
    return f"duplicate field {quote(path)}"
