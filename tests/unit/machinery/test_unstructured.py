"""Objects without a type: paths, accessors, lists."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.unstructured import (
    AccessorError,
    Unstructured,
    UnstructuredList,
    nested,
    nested_field,
    remove_nested_field,
    set_nested_field,
)


def test_nested_field_tells_absent_from_ill_typed() -> None:
    assert nested_field({"a": {"b": 1}}, "a", "b") == (1, True)
    assert nested_field({"a": None}, "a") == (None, True)
    assert nested_field({"a": None}, "a", "b") == (None, False)
    assert nested_field({"a": {}}, "a", "b") == (None, False)


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("x", dict, ".a accessor error: x is of the type string, expected map[string]interface{}"),
        (True, str, ".a accessor error: true is of the type bool, expected string"),
        (True, int, ".a accessor error: true is of the type bool, expected int64"),
        (1.5, int, ".a accessor error: 1.5 is of the type float64, expected int64"),
        (2, float, ".a accessor error: 2 is of the type int64, expected float64"),
        (None, bool, ".a accessor error: <nil> is of the type <nil>, expected bool"),
        ({"d": [1, "e"], "c": 1e6}, str, ".a accessor error: map[c:1e+06 d:[1 e]] is of the type "
         "map[string]interface {}, expected string"),
        ("x", list, ".a accessor error: x is of the type string, expected []interface{}"),
    ],
)  # fmt: skip
def test_values_of_another_type(value: Any, kind: type[Any], text: str) -> None:
    with pytest.raises(AccessorError) as caught:
        nested({"a": value}, kind, "a")
    assert str(caught.value) == text


def test_values_on_the_way_of_another_type() -> None:
    with pytest.raises(AccessorError, match=r"^\.a\.b accessor error: x is of the type string, expected map"):
        nested_field({"a": "x"}, "a", "b")
    assert nested({"a": {"b": 3}}, int, "a", "b") == 3
    assert nested({"a": {"b": 3}}, int, "a", "c") is None


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


def test_attributes_are_fields_of_the_content() -> None:
    thing = Unstructured()
    thing.gvk = GroupVersionKind("apps", "v1", "Deployment")
    thing.name, thing.labels, thing.generation = "web", {"app": "web"}, 3
    assert thing.content == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "labels": {"app": "web"}, "generation": 3},
    }
    assert thing.gvk == GroupVersionKind("apps", "v1", "Deployment")


def test_empty_values_are_absent() -> None:
    thing = Unstructured({"metadata": {"name": "a", "labels": {"x": "y"}, "finalizers": ["f"], "generation": 1}})
    thing.name, thing.labels, thing.finalizers, thing.generation = "", {}, [], 0
    assert thing.content == {"metadata": {}}
    assert (thing.name, thing.labels, thing.owner_references, thing.generation) == ("", {}, [], 0)


def test_fields_of_another_type_read_as_empty() -> None:
    thing = Unstructured({"kind": 3, "metadata": {"name": ["a"], "labels": "x", "generation": True}})
    assert (thing.kind, thing.name, thing.labels, thing.generation) == ("", "", {}, 0)
    assert Unstructured({"metadata": "x"}).name == ""


def test_what_is_read_is_a_copy() -> None:
    thing = Unstructured({"metadata": {"labels": {"a": "b"}}})
    thing.labels["c"] = "d"
    thing.annotations["c"] = "d"
    assert thing.content == {"metadata": {"labels": {"a": "b"}}}
    assert Unstructured().annotations == {}
    twin = thing.deep_copy()
    twin.name = "q"
    assert thing.name == ""


def test_items() -> None:
    thing = Unstructured({"kind": "Pod", "metadata": {"name": "p"}})
    assert not thing.is_list
    assert thing.to_list().items == []
    with pytest.raises(AccessorError, match=r"^content is not a list$"):
        list(thing.each_list_item())
    with pytest.raises(AccessorError, match=r"^content is not a list: string$"):
        list(Unstructured({"items": "x"}).each_list_item())
    assert [i.name for i in Unstructured({"items": [thing.content]}).each_list_item()] == ["p"]


def test_a_list_lends_its_items_their_kind() -> None:
    content = {
        "apiVersion": "v1",
        "kind": "PodList",
        "metadata": {"resourceVersion": "7", "continue": "x", "remainingItemCount": 4},
        "items": [{"metadata": {"name": "a"}}, {"kind": "Pot", "metadata": {"name": "b"}}],
    }
    found = UnstructuredList.from_dict(content)
    assert [(item.name, item.api_version, item.kind) for item in found.items] == [("a", "v1", "Pod"), ("b", "", "Pot")]
    assert (found.resource_version, found.continue_, found.remaining_item_count) == ("7", "x", 4)
    assert "items" not in found.content
    assert found.to_dict() == content
    assert found.deep_copy() == found
