"""JSON merge patches: applying, two-way and three-way creation."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.patch import json as json_patch
from pykubectl.machinery.patch import merge


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "foo"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({}, {"a": [{"x": None, "q": 1}, None]}, {"a": [{"q": 1}, None]}),
    ],
)
def test_apply(document: Any, patch: Any, result: Any) -> None:
    assert merge.apply(document, patch) == result


def test_create_and_apply() -> None:
    original = {"a": 1, "b": {"c": [1], "d": 2}, "e": {"f": 1}}
    modified = {"a": 1, "b": {"c": [2]}, "g": {}}
    patch = merge.create(original, modified)
    assert patch == {"b": {"c": [2], "d": None}, "e": None, "g": {}}
    assert merge.apply(original, patch) == modified


def test_three_way_deletes_only_what_was_ours() -> None:
    original, modified = {"a": 1, "b": 1}, {"a": 2}
    current = {"a": 1, "b": 1, "theirs": 1}
    patch = merge.three_way(original, modified, current)
    assert patch == {"a": 2, "b": None}
    assert merge.apply(current, patch) == {"a": 2, "theirs": 1}


def test_json_patch_creation() -> None:
    original, modified = {"a": 1, "b": [1, 2]}, {"b": [2], "c": {"x": "y"}}
    assert json_patch.apply(original, json_patch.create(original, modified)) == modified
    assert original == {"a": 1, "b": [1, 2]}


def test_json_patch_tests_tell_numbers_from_booleans() -> None:
    with pytest.raises(json_patch.PatchError, match="testing value /a failed: test failed"):
        json_patch.apply({"a": 1}, [{"op": "test", "path": "/a", "value": True}])
