"""A patch made of two objects, applied to the first, gives the second; a three-way one lets others' work stand."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pykubectl.machinery.patch import merge
from pykubectl.machinery.patch.strategic import apply
from pykubectl.machinery.patch.strategic_diff import create_three_way, create_two_way
from pykubectl.machinery.schema import GroupVersionKind
from pykubectl.machinery.structural.types import builtin

POD = builtin().type_for(GroupVersionKind("", "v1", "Pod"))

words = st.sampled_from(["a", "b", "c", "d"])
labels = st.dictionaries(words, words, min_size=1)
env = st.lists(
    st.fixed_dictionaries({"name": words, "value": words}), min_size=1, unique_by=lambda entry: entry["name"]
)
containers = st.lists(
    st.fixed_dictionaries(
        {"name": words},
        optional={"image": words, "env": env, "args": st.lists(words, min_size=1), "tty": st.booleans()},
    ),
    min_size=1,
    unique_by=lambda entry: entry["name"],
)
pods = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries(
            {"name": words}, optional={"labels": labels, "finalizers": st.lists(words, min_size=1, unique=True)}
        ),
        "spec": st.fixed_dictionaries({"containers": containers}, optional={"nodeSelector": labels}),
    }
)


@given(pods, pods)
@settings(deadline=None)
def test_two_way(original: dict[str, Any], modified: dict[str, Any]) -> None:
    assert apply(original, create_two_way(original, modified, POD), POD) == modified


@given(pods, pods)
@settings(deadline=None)
def test_applying_twice_changes_nothing(original: dict[str, Any], modified: dict[str, Any]) -> None:
    current = apply(original, create_three_way(original, modified, original, POD), POD)
    assert current == modified
    assert create_three_way(modified, modified, current, POD) == {}


@given(pods, pods)
@settings(deadline=None)
def test_merge_patches(original: dict[str, Any], modified: dict[str, Any]) -> None:
    assert merge.apply(original, merge.create(original, modified)) == modified
    assert merge.apply(original, merge.three_way(original, modified, original)) == modified
