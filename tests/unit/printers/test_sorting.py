"""``--sort-by``: the order of values, and the order that Go's sort leaves equal ones in."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pykubectl.printers.gosort import go_sort
from pykubectl.printers.jsonpath import JSONPathError
from pykubectl.printers.sorting import Unsortable, sort_objects, sort_rows

_ABSENT = object()


def objects(*values: Any) -> list[dict[str, Any]]:
    return [{"n": n, "spec": {} if value is _ABSENT else {"k": value}} for n, value in enumerate(values)]


def order(*values: Any, by: str = ".spec.k") -> list[int]:
    return [obj["n"] for obj in sort_objects(objects(*values), by)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ((3, 1, 2), [1, 2, 0]),
        ((1.5, -2.5, 0.0), [1, 2, 0]),
        (("b", "a", "B"), [2, 1, 0]),
        (("10", "9", "1k"), [1, 0, 2]),
        (("1Gi", "500Mi", "2G"), [1, 0, 2]),
        (("10", "9a"), [0, 1]),
        (("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"), [1, 0]),
        ((2, None, 1), [1, 2, 0]),
        ((2, _ABSENT, 1), [1, 2, 0]),
        # Less is always true of one without the field, also beside another: they change places.
        ((_ABSENT, _ABSENT, 1), [1, 0, 2]),
        ((None, None), [0, 1]),
        ((1, 1, 1), [0, 1, 2]),
    ],
)
def test_order(values: tuple[Any, ...], expected: list[int]) -> None:
    assert order(*values) == expected


@pytest.mark.parametrize("by", ["spec.k", ".spec.k", "{.spec.k}", "{spec.k}"])
def test_the_field_may_be_written_in_several_ways(by: str) -> None:
    assert order(2, 1, by=by) == [1, 0]


def test_of_several_values_the_first_counts() -> None:
    assert order([2, 0], [1, 9], by=".spec.k[*]") == [1, 0]


def test_a_field_that_no_object_has_is_refused() -> None:
    with pytest.raises(JSONPathError) as caught:
        order(_ABSENT, _ABSENT)
    assert str(caught.value) == 'couldn\'t find any field with path "{.spec.k}" in the list of objects'


def test_no_objects_need_no_field() -> None:
    assert order() == []


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((True, False), "unsortable type: bool"),
        (([1], [2]), "unsortable type: []interface {}"),
        (({}, {}), "unsortable type: map[string]interface {}"),
        (("a", 1), "unsortable interface: interface"),
        ((1, 1.5), "unsortable interface: interface"),
    ],
)
def test_values_without_an_order_are_refused(values: tuple[Any, ...], text: str) -> None:
    with pytest.raises(Unsortable) as caught:
        order(*values)
    where = "Field {.spec.k} in *unstructured.Unstructured is an unsortable type: interface, err: "
    assert str(caught.value) == where + text


def test_rows_are_in_the_order_of_their_objects() -> None:
    rows = [{"cells": [n], "object": obj} for n, obj in enumerate(objects(2, 1))]
    assert [row["cells"] for row in sort_rows(rows, ".spec.k")] == [[1], [0]]


def test_rows_of_equal_objects_are_all_kept() -> None:
    same = objects(1)[0]
    assert len(sort_rows([{"cells": [n], "object": same} for n in range(3)], ".spec.k")) == 3


@given(st.lists(st.integers(0, 20), max_size=200) | st.lists(st.integers(), max_size=60))
def test_go_sort_sorts(values: list[int]) -> None:
    found = list(values)
    go_sort(found, lambda one, other: one < other)
    assert found == sorted(values)


@pytest.mark.parametrize("kind", ["ascending", "descending", "nearly", "saw", "organ"])
@pytest.mark.parametrize("size", [0, 1, 12, 13, 49, 50, 51, 1000])
def test_go_sort_sorts_patterns(kind: str, size: int) -> None:
    values = {
        "ascending": list(range(size)),
        "descending": list(range(size, 0, -1)),
        "nearly": [n if n % 50 else -n for n in range(size)],
        "saw": [n % 7 for n in range(size)],
        "organ": [min(n, size - n) for n in range(size)],
    }[kind]
    found = list(values)
    go_sort(found, lambda one, other: one < other)
    assert found == sorted(values)


def test_a_comparison_that_contradicts_itself_loses_nothing() -> None:
    """Bad choices of pivots end in heap sort."""
    rng = random.Random(1)
    found = list(range(300))
    go_sort(found, lambda one, other: rng.random() < 0.5)
    assert sorted(found) == list(range(300))


def test_equal_ones_stand_as_go_leaves_them() -> None:
    """The real kubectl prints twenty rows in this order."""
    found = list(range(20))
    go_sort(found, lambda one, other: one % 3 < other % 3)
    assert found == [9, 18, 15, 3, 12, 0, 6, 10, 7, 4, 13, 16, 1, 19, 8, 5, 11, 14, 2, 17]
