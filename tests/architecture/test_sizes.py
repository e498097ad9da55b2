"""Modules and functions stay small enough to be read at a sitting."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = re.compile(r"pykubectl/(api/\w+_v\d\w*|client/typed/(\w+_v\d\w*|generated))\.py$")

MODULE_LIMIT, MODULE_MOST, MODULE_MEDIAN = 1000, 500, 200
FUNCTION_LIMIT, FUNCTION_MOST, FUNCTION_MEDIAN = 80, 35, 10


def modules() -> list[Path]:
    found = [path for package in ("pykubectl", "mini_server") for path in (ROOT / package).rglob("*.py")]
    return [path for path in found if not GENERATED.search(path.as_posix())]


def functions() -> Iterator[tuple[str, int]]:
    """Where each function is, and its lines from ``def`` to the last one."""
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                yield f"{path.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1


def nine_tenths(values: list[int]) -> int:
    return sorted(values)[int(len(values) * 0.9)]


def test_modules() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in modules()}
    assert not {name: count for name, count in lines.items() if count > MODULE_LIMIT}
    assert nine_tenths(list(lines.values())) <= MODULE_MOST
    assert statistics.median(lines.values()) <= MODULE_MEDIAN


def test_functions() -> None:
    lines = dict(functions())
    assert not {name: count for name, count in lines.items() if count > FUNCTION_LIMIT}
    assert nine_tenths(list(lines.values())) <= FUNCTION_MOST
    assert statistics.median(lines.values()) <= FUNCTION_MEDIAN


def test_every_module_says_what_it_is_for() -> None:
    bare = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not bare


def test_public_functions_and_classes_have_docstrings() -> None:
    definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    bare = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in modules()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, definitions) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert not bare
