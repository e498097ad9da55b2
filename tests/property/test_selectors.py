"""Selectors: their texts are read back as the same selector, and they match as their words say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pykubectl.machinery import fields, labels

KEYS = st.sampled_from(["a", "b", "example.com/c", "d"])
VALUES = st.sampled_from(["", "x", "y", "5", "17"])
MAPS = st.dictionaries(KEYS, VALUES)
SETS = st.lists(VALUES, min_size=1, max_size=3, unique=True)

Term = tuple[str, str, list[str]]
TERMS: st.SearchStrategy[Term] = st.one_of(
    st.tuples(KEYS, st.sampled_from(["=", "==", "!="]), VALUES.map(lambda value: [value])),
    st.tuples(KEYS, st.sampled_from(["in", "notin"]), SETS),
    st.tuples(KEYS, st.sampled_from(["exists", "!"]), st.just([])),
    st.tuples(KEYS, st.sampled_from([">", "<"]), st.integers(0, 30).map(lambda number: [str(number)])),
)


def text_of(term: Term) -> str:
    key, operator, values = term
    if operator in ("in", "notin"):
        return f"{key} {operator} ({', '.join(values)})"
    return key if operator == "exists" else f"!{key}" if operator == "!" else f"{key}{operator}{values[0]}"


def holds(term: Term, found: dict[str, str]) -> bool:
    """What the term says, in the plainest words."""
    key, operator, values = term
    if operator in ("!", "exists"):
        return (key in found) == (operator == "exists")
    if operator in ("!=", "notin"):
        return key not in found or found[key] not in values
    if operator in ("=", "==", "in"):
        return key in found and found[key] in values
    if key not in found or not found[key].isdigit():
        return False
    return int(found[key]) > int(values[0]) if operator == ">" else int(found[key]) < int(values[0])


@given(st.lists(TERMS, max_size=4), MAPS)
def test_a_label_selector_matches_what_all_its_terms_match(terms: list[Term], found: dict[str, str]) -> None:
    selector = labels.parse(",".join(map(text_of, terms)))
    assert selector.matches(found) == all(holds(term, found) for term in terms)


@given(st.lists(TERMS, max_size=4))
def test_a_label_selector_is_read_back(terms: list[Term]) -> None:
    selector = labels.parse(",".join(map(text_of, terms)))
    assert labels.parse(str(selector)) == selector


@given(MAPS, MAPS)
def test_a_set_selects_its_supersets(wanted: dict[str, str], found: dict[str, str]) -> None:
    assert labels.selector_from_set(wanted).matches(found) == (wanted.items() <= found.items())


@given(st.lists(st.tuples(KEYS, st.sampled_from(["=", "!="]), st.text("a=,\\!b", max_size=5)), max_size=3), MAPS)
def test_field_selectors_of_any_value(terms: list[tuple[str, str, str]], found: dict[str, str]) -> None:
    text = ",".join(f"{key}{operator}{fields.escape_value(value)}" for key, operator, value in terms)
    selector = fields.parse(text)
    assert selector.matches(found) == all(
        (found.get(key, "") == value) == (operator == "=") for key, operator, value in terms
    )
    assert fields.parse(str(selector)) == selector
