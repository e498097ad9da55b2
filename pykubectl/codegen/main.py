"""Writes all generated files, or checks that they are up to date."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

from pykubectl.codegen import client, definitions, schema_table, typed


def outputs() -> dict[str, str]:
    """Every generated file: path below the project's root -> text."""
    source = definitions.load()
    types, texts, index = schema_table.build(source)
    index["types"] = typed.type_index(source)
    files = {"pykubectl/api/schema/index.json": _json(index)}
    for module, table in types.items():
        files[f"pykubectl/api/schema/{module}.json"] = _json(table)
        files[f"pykubectl/api/schema/{module}.descriptions.json"] = _json(texts[module])
    api = typed.modules(source)
    for module, text in api.items():
        files[f"pykubectl/api/{module}.py"] = text
    for module, text in client.modules(api).items():
        files[f"pykubectl/client/typed/{module}.py"] = text
    return files


def generate(root: Path, say: Callable[[str], None] = lambda text: None) -> None:
    """Writes what has changed; files that are right already keep their times."""
    for name, text in outputs().items():
        path = root / name
        if not path.exists() or path.read_text() != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            say(name)


def stale(root: Path) -> list[str]:
    """Generated files that are missing or not what would be written now."""
    return [name for name, text in outputs().items() if not _same(root / name, text)]


def _same(path: Path, text: str) -> bool:
    return path.exists() and path.read_text() == text


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def _report(name: str) -> None:
    sys.stdout.write(f"wrote {name}\n")


def main(argv: list[str]) -> int:
    """``python -m pykubectl.codegen [--check]``; exit code 1 where the check fails."""
    root = Path(__file__).resolve().parents[2]
    if argv == ["--check"]:
        old = stale(root)
        for name in old:
            sys.stderr.write(f"out of date: {name}\n")
        return 1 if old else 0
    if argv:
        sys.stderr.write("usage: python -m pykubectl.codegen [--check]\n")
        return 2
    generate(root, _report)
    return 0
