"""Faults of list and watch options."""

from __future__ import annotations

import pytest

from mini_server.storage.versions import parse, validate_list_options, validate_watch_options


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        (("", "", "", None), []),
        (("5", "Exact", "", None), []),
        (("0", "NotOlderThan", "", None), []),
        (
            ("", "Exact", "", None),
            ["resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"],
        ),
        (
            ("5", "Exact", "token", None),
            ["resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided"],
        ),
        (
            ("5", "Other", "", None),
            ['resourceVersionMatch: Unsupported value: "Other": supported values: "Exact", "NotOlderThan", ""'],
        ),
        (
            ("0", "Exact", "", None),
            ['resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'],
        ),
        (("", "", "", True), ["sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"]),
    ],
)
def test_list_options(options: tuple[str, str, str, bool | None], faults: list[str]) -> None:
    assert [str(fault) for fault in validate_list_options(*options)] == faults


@pytest.mark.parametrize(
    ("options", "faults"),
    [
        (("", "", None), []),
        (("NotOlderThan", "", True), []),
        (
            ("", "", True),
            [
                "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to "
                "NotOlderThan"
            ],
        ),
        (
            ("NotOlderThan", "", None),
            [
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless "
                "sendInitialEvents is provided"
            ],
        ),
        (
            ("Exact", "token", False),
            [
                "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to "
                "NotOlderThan",
                'resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"',
                "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided",
            ],
        ),
    ],
)
def test_watch_options(options: tuple[str, str, bool | None], faults: list[str]) -> None:
    assert [str(fault) for fault in validate_watch_options(*options)] == faults


def test_numbers() -> None:
    assert [parse(text) for text in ("", "0", "12", str(2**64 - 1))] == [0, 0, 12, 2**64 - 1]
    for text in ("-1", "1.0", " 1", "²", "0x1", str(2**64)):
        with pytest.raises(ValueError, match=r"^resourceVersion: Invalid value: "):
            parse(text)
