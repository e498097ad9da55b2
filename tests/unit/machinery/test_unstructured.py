from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.unstructured import (
    AccessorError,
    Unstructured,
    nested_field,
    remove_nested_field,
    set_nested_field,
)


def test_nested_field_tells_absent_from_ill_typed() -> None:
    assert nested_field({"a": {"b": 1}}, "a", "b") == (1, True)
    assert nested_field({"a": None}, "a") == (None, True)
    assert nested_field({"a": None}, "a", "b") == (None, False)
    with pytest.raises(AccessorError, match=r"^\.a\.b accessor error: .* string"):
        nested_field({"a": "x"}, "a", "b")


def test_set_and_remove() -> None:
    content: dict[str, Any] = {}
    value = ["x"]
    set_nested_field(content, value, "a", "b")
    value.append("y")
    assert content == {"a": {"b": ["x"]}}
    with pytest.raises(AccessorError, match=r"because \.a\.b is not a map"):
        set_nested_field(content, 1, "a", "b", "c")
    remove_nested_field(content, "a", "b")
    remove_nested_field(content, "z", "b")
    assert content == {"a": {}}


def test_properties_and_lists() -> None:
    thing = Unstructured({"kind": "Pod", "metadata": {"name": "p"}})
    assert (thing.kind, thing.name, thing.namespace, thing.is_list) == ("Pod", "p", "", False)
    with pytest.raises(AccessorError, match=r"^content is not a list$"):
        list(thing.each_list_item())
    assert [i.name for i in Unstructured({"items": [thing.content]}).each_list_item()] == ["p"]
    twin = thing.deep_copy()
    twin.content["metadata"]["name"] = "q"
    assert thing.name == "p"
