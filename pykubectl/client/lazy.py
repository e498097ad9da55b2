"""Names of a package that are imported when first used."""

from __future__ import annotations

import importlib


def load(package: str, table: dict[str, str], name: str) -> object:
    """The attribute ``name`` of the submodule that ``table`` gives for it. Raises AttributeError for other names."""
    if name not in table:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{package}.{table[name]}"), name)
