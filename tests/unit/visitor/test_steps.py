"""Visitors: lists that end or go on, decorators, filters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from pykubectl.machinery.labels import parse
from pykubectl.machinery.mapper import RESTMapping
from pykubectl.machinery.schema import GroupVersionKind, GroupVersionResource
from pykubectl.machinery.util.aggregate import Aggregate, flattened
from pykubectl.visitor.info import Info
from pykubectl.visitor.interface import Visitor
from pykubectl.visitor.steps import (
    ContinueOnError,
    Decorated,
    EagerVisitorList,
    Filtered,
    VisitorError,
    VisitorList,
    by_labels,
    require_namespace,
    set_namespace,
)

PODS = RESTMapping(GroupVersionResource("", "v1", "pods"), GroupVersionKind("", "v1", "Pod"), True)
NODES = RESTMapping(GroupVersionResource("", "v1", "nodes"), GroupVersionKind("", "v1", "Node"), False)


class Words:
    """Visits words, then fails where it is told to."""

    def __init__(self, words: str, failure: Exception | None = None) -> None:
        self._words = words.split()
        self._failure = failure

    def visit(self, fn: Callable[[str], None]) -> None:
        """Raises the failure at the end."""
        for word in self._words:
            fn(word)
        if self._failure is not None:
            raise self._failure


def seen(visitor: Visitor[str], refused: Sequence[str] = ()) -> tuple[list[str], list[str]]:
    """What was visited, and the errors of the visit."""
    words: list[str] = []

    def visit(word: str) -> None:
        words.append(word)
        if word in refused:
            raise ValueError(f"no {word}")

    try:
        visitor.visit(visit)
    except Aggregate as error:
        return words, [str(single) for single in flattened(error)]
    except ValueError as error:
        return words, [str(error)]
    return words, []


def test_a_list_ends_with_the_first_error() -> None:
    assert seen(VisitorList([Words("a b"), Words("c")]), ["b"]) == (["a", "b"], ["no b"])
    assert seen(VisitorList([Words("a", ValueError("broken")), Words("c")])) == (["a"], ["broken"])


def test_an_eager_list_goes_on_after_errors_of_sources_and_of_what_is_done() -> None:
    visitor = EagerVisitorList([Words("a b", ValueError("broken")), Words("c d"), Words("e")])
    assert seen(visitor, ["a", "d"]) == (["a", "b", "c", "d", "e"], ["no a", "broken", "no d"])


def test_a_list_tells_its_errors_together_a_single_one_too() -> None:
    with pytest.raises(Aggregate, match=r"^broken$") as caught:
        EagerVisitorList([Words("a", ValueError("broken")), Words("b")]).visit(lambda word: None)
    assert [type(error) for error in caught.value.errors] == [ValueError]


def test_going_on_tells_a_single_error_as_it_is() -> None:
    words: list[str] = []
    with pytest.raises(ValueError, match=r"^broken$"):
        ContinueOnError(VisitorList([Words("a b", ValueError("broken")), Words("never")])).visit(words.append)
    assert words == ["a", "b"]
    assert seen(ContinueOnError(Words("a b c")), ["a", "b"]) == (["a", "b", "c"], ["no a", "no b"])


def test_several_errors_in_one_are_told_one_by_one() -> None:
    several = Aggregate([ValueError("x"), ValueError("y")])
    assert seen(EagerVisitorList([Words("a", several), Words("b", ValueError("z"))])) == (["a", "b"], ["x", "y", "z"])


def test_nobody_reading_ends_an_eager_list_at_once() -> None:
    words: list[str] = []

    def visit(word: str) -> None:
        words.append(word)
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        EagerVisitorList([Words("a b"), Words("c")]).visit(visit)
    assert words == ["a"]


def pod(name: str, namespace: str = "", **labels: str) -> Info:
    return Info(None, PODS, namespace, name, {"metadata": {"name": name, "labels": labels}})


def test_an_info_is_its_own_visitor() -> None:
    info = pod("a")
    found: list[Info] = []
    info.visit(found.append)
    assert found == [info]


def test_a_namespace_is_given_to_what_has_none() -> None:
    found: list[Info] = []
    node = Info(None, NODES, "ignored", "n", {"metadata": {"name": "n"}})
    visitor = Decorated(VisitorList([pod("a"), pod("b", "mine"), node]), set_namespace("default"))
    visitor.visit(found.append)
    assert [info.namespace for info in found] == ["default", "mine", ""]
    assert found[0].object["metadata"]["namespace"] == "default"
    assert "namespace" not in found[2].object["metadata"]


def test_another_namespace_is_refused_where_one_is_required() -> None:
    found: list[Info] = []
    visitor = Decorated(EagerVisitorList([pod("a", "other"), pod("b")]), require_namespace("mine"))
    with pytest.raises(VisitorError) as caught:
        Decorated(VisitorList([pod("a", "other")]), require_namespace("mine")).visit(found.append)
    assert str(caught.value) == (
        'the namespace from the provided object "other" does not match the namespace "mine". '
        "You must pass '--namespace=other' to perform this operation."
    )
    with pytest.raises(Aggregate):
        visitor.visit(found.append)
    assert [info.name for info in found] == ["b"]


def test_decorators_run_in_order_and_end_with_the_first_that_refuses() -> None:
    said: list[str] = []

    def refuse(info: Info) -> None:
        raise VisitorError("no")

    with pytest.raises(VisitorError):
        Decorated(pod("a"), lambda info: said.append("first"), refuse, lambda info: said.append("never")).visit(
            lambda info: said.append("visited")
        )
    assert said == ["first"]


def test_labels_filter() -> None:
    found: list[Info] = []
    pods = VisitorList([pod("a", app="web"), pod("b", app="db"), pod("c")])
    Filtered(pods, by_labels(parse("app=web"))).visit(found.append)
    assert [info.name for info in found] == ["a"]
