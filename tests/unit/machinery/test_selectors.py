"""Label and field selectors."""

from __future__ import annotations

import pytest

from pykubectl.machinery import fields, labels

LABELS = {"x": "a", "n": "5"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True), ("x=a", True), ("x==a", True), ("x=b", False), ("x!=b", True), ("y!=b", True),
        ("x", True), ("!x", False),
        ("!y", True), ("x in (a,b)", True), ("x notin (a)", False), ("y notin (a)", True), ("n>4", True),
        ("n<5", False),
        ("x>1", False), ("x=a,n=6", False), ("x=", False), ("y in ()", False),
    ],
)  # fmt: skip
def test_matching(text: str, expected: bool) -> None:
    selector = labels.parse(text)
    assert selector.matches(LABELS) is expected
    assert labels.parse(str(selector)) == selector


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x==a==b", "found '==', expected: ',' or 'end of string'"),
        ("a,,b", "found ',', expected: identifier after ','"),
        ("=a", "found '=', expected: !, identifier, or 'end of string'"),
        ("x in a", "unable to parse requirement: found 'a' expected: '('"),
        ("x in (a", "unable to parse requirement: found '', expected: ',' or ')'"),
        ("!", "unable to parse requirement: found '', expected: identifier"),
    ],
)
def test_broken_label_selectors(text: str, message: str) -> None:
    with pytest.raises(labels.SelectorError) as caught:
        labels.parse(text)
    assert str(caught.value) == message


def test_label_selector_objects() -> None:
    selector = labels.selector_from_label_selector(
        {"matchLabels": {"x": "a"}, "matchExpressions": [{"key": "n", "operator": "NotIn", "values": ["6"]}]}
    )
    assert selector.matches(LABELS)
    assert str(selector) == "n notin (6),x=a"
    assert labels.selector_from_label_selector({}).empty
    assert not labels.selector_from_label_selector(None).matches({})
    with pytest.raises(labels.SelectorError, match='"Bogus" is not a valid label selector operator'):
        labels.selector_from_label_selector({"matchExpressions": [{"key": "a", "operator": "Bogus"}]})


def test_field_selectors() -> None:
    selector = fields.parse("a=b,c!=d")
    assert selector.matches({"a": "b", "c": "x"})
    assert not selector.matches({"a": "b", "c": "d"})
    assert selector.requires_exact_match("a") == "b"
    assert selector.requires_exact_match("c") is None
    assert str(selector) == "a=b,c!=d"
    assert fields.parse("a=x\\,y").matches({"a": "x,y"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a", "invalid selector: 'a'; can't understand 'a'"),
        ("a=b=c", "invalid field selector: unescaped character in value: 61"),
    ],
)
def test_broken_field_selectors(text: str, message: str) -> None:
    with pytest.raises(fields.FieldSelectorError) as caught:
        fields.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", ["\u00b2", "--5", "1_0", "99999999999999999999", ""])
def test_bounds_are_integers_as_go_reads_them(value: str) -> None:
    with pytest.raises(labels.SelectorError, match="for 'Gt', 'Lt' operators, the value must be an integer"):
        labels.new_requirement("n", "gt", (value,))
