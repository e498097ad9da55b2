"""What arguments name."""

from __future__ import annotations

import pytest

from pykubectl.builder.arguments import BuilderError, parse


@pytest.mark.parametrize(
    ("args", "types", "names", "pairs"),
    [
        ([], [], [], []),
        (["pods"], ["pods"], [], []),
        (["pods,svc,pods"], ["pods", "svc"], [], []),
        (["pods", "a", "b"], ["pods"], ["a", "b"], []),
        (["pods/a", "svc/b"], [], [], [("pods", "a"), ("svc", "b")]),
        (["pods,svc", "a", "b"], [], [], [("pods", "a"), ("pods", "b"), ("svc", "a"), ("svc", "b")]),
    ],
)
def test_types_names_and_pairs(
    args: list[str], types: list[str], names: list[str], pairs: list[tuple[str, str]]
) -> None:
    assert parse(args) == (types, names, pairs)


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["pods/a/b"], "arguments in resource/name form may not have more than one slash"),
        (["pods/"], "arguments in resource/name form must have a single resource and name"),
        (["/a"], "arguments in resource/name form must have a single resource and name"),
        (["pods,svc/a"], "arguments in resource/name form must have a single resource and name"),
        (
            ["pods", "svc/a"],
            "there is no need to specify a resource type as a separate argument when passing",
        ),
    ],
)
def test_forms_that_do_not_go_together(args: list[str], text: str) -> None:
    with pytest.raises(BuilderError) as caught:
        parse(args)
    assert str(caught.value).startswith(text)
