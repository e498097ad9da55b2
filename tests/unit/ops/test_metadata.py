"""Labels and annotations from arguments."""

from __future__ import annotations

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.ops.metadata import Changes, changes, conflicting, patch, split


@pytest.mark.parametrize(
    ("args", "resources", "pairs"),
    [
        (["pods", "web", "a=b", "c-"], ["pods", "web"], ["a=b", "c-"]),
        (["pods/web", "a="], ["pods/web"], ["a="]),
        (["pods", "web", "a=b=c", "d=-", "e=f-"], ["pods", "web"], ["a=b=c", "d=-", "e=f-"]),
        # Neither sets nor removes anything: the builder will refuse these as names.
        (["pods", "-", "=b"], ["pods", "-", "=b"], []),
        ([], [], []),
    ],
)
def test_resources_stand_before_pairs(args: list[str], resources: list[str], pairs: list[str]) -> None:
    assert split(args) == (resources, pairs)


@pytest.mark.parametrize("noun", ["label", "annotation"])
def test_resources_after_a_pair_are_refused(noun: str) -> None:
    with pytest.raises(CommandError) as caught:
        split(["pods", "a=b", "web"], noun)
    assert str(caught.value) == f"all resources must be specified before {noun} changes: web"


def test_pairs_set_and_remove() -> None:
    assert changes(["a=b", "c-", "d=", "a=e"], "label") == Changes({"a": "e", "d": ""}, ["c"])
    assert changes(["a=b=c", "d=e-"], "annotation") == Changes({"a": "b=c", "d": "e-"}, [])


@pytest.mark.parametrize(
    ("pairs", "noun", "text"),
    [
        (["a=b=c"], "label", "invalid label spec: a=b=c"),
        (["a=b", "a-"], "label", "can not both modify and remove a label in the same command"),
        (
            ["a=b", "c=d", "c-", "e-", "a-"],
            "annotation",
            "can not both modify and remove the following annotation(s) in the same command: c, a",
        ),
    ],
)
def test_pairs_that_cannot_be(pairs: list[str], noun: str, text: str) -> None:
    with pytest.raises(CommandError) as caught:
        changes(pairs, noun)
    assert str(caught.value) == text


def test_only_another_value_is_a_conflict() -> None:
    wanted = Changes({"a": "1", "b": "2"}, ["c"])
    assert conflicting({"a": "1", "c": "x"}, wanted) is None
    assert conflicting({"b": "x"}, wanted) == "b"


def test_the_patch_removes_with_null_and_may_hold_for_one_version_only() -> None:
    wanted = Changes({"a": "b"}, ["c"])
    assert patch("labels", wanted) == {"metadata": {"labels": {"a": "b", "c": None}}}
    assert patch("labels", wanted, "7") == {"metadata": {"labels": {"a": "b", "c": None}, "resourceVersion": "7"}}
