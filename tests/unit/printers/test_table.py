"""Tables: which columns and rows are printed, and what cells look like."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.printers.jsonpath import JSONPathError
from pykubectl.printers.plain_table import plain_table
from pykubectl.printers.table import TableOptions, TablePrinter, cell_text
from tests.support.canned_api import column, row, table

COLUMNS = [column("Name", format="name"), column("Ready"), column("Node Name", priority=1)]
WEB = row(["web", "1/1", "n1"], {"name": "web", "namespace": "shop", "labels": {"app": "web", "x.y/tier": "front"}})
DB = row(["db", "0/1", "n2"], {"name": "db", "namespace": "data"})


def printed(*tables: dict[str, Any], events: tuple[str, ...] = (), **options: Any) -> str:
    out = io.StringIO()
    printer = TablePrinter(TableOptions(**options), out)
    for number, one in enumerate(tables):
        printer.print_table(one, events[number] if events else "")
        if events:
            printer.flush()
    printer.flush()
    return out.getvalue()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "NAME   READY\nweb    1/1\ndb     0/1\n"),
        ({"wide": True}, "NAME   READY   NODE NAME\nweb    1/1     n1\ndb     0/1     n2\n"),
        ({"no_headers": True}, "web   1/1\ndb    0/1\n"),
        ({"with_namespace": True}, "NAMESPACE   NAME   READY\nshop        web    1/1\ndata        db     0/1\n"),
        ({"show_kind": True, "kind": "pod"}, "NAME      READY\npod/web   1/1\npod/db    0/1\n"),
        ({"show_kind": True}, "NAME   READY\nweb    1/1\ndb     0/1\n"),
        (
            {"column_labels": ["app", "x.y/tier"]},
            "NAME   READY   APP   TIER\nweb    1/1     web   front\ndb     0/1           \n",
        ),
        (
            {"show_labels": True},
            "NAME   READY   LABELS\nweb    1/1     app=web,x.y/tier=front\ndb     0/1     <none>\n",
        ),
        (
            {"wide": True, "with_namespace": True, "column_labels": ["app"], "show_labels": True},
            "NAMESPACE   NAME   READY   NODE NAME   APP   LABELS\n"
            "shop        web    1/1     n1          web   app=web,x.y/tier=front\n"
            "data        db     0/1     n2                <none>\n",
        ),
    ],
)  # fmt: skip
def test_options(options: dict[str, Any], text: str) -> None:
    assert printed(table(COLUMNS, [WEB, DB]), **options) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        (0, "0"),
        (True, "true"),
        (False, "false"),
        (1.5, "1.5"),
        (1e6, "1e+06"),
        (["a", 1], "[a 1]"),
        ({"b": None, "a": 1}, "map[a:1 b:<nil>]"),
        ("one\ntwo", "one..."),
        ("one\r\ntwo", "one..."),
        ("one\ftwo", "one..."),
        ("\n", "..."),
        ("\x1b[31mred\x1b[0m", "^[[31mred^[[0m"),
        ("a\x1b\nb", "a^[..."),
        ("tab\there", "tab\there"),
        ("héé\u00a0😀", "héé\u00a0😀"),
    ],
)
def test_cells(value: Any, text: str) -> None:
    assert cell_text(value) == text


def test_rows_with_fewer_or_more_cells_than_columns() -> None:
    rows = [row(["a"], {"name": "a"}), row(["b", "1", "n", "x", "y"], {"name": "b"})]
    assert printed(table(COLUMNS, rows), wide=True) == "NAME   READY   NODE NAME\na\nb      1       n\n"


def test_rows_without_an_object_have_no_namespace_and_no_labels() -> None:
    rows = [row(["a", "1", "n"]), WEB]
    assert printed(table(COLUMNS, rows), with_namespace=True, column_labels=["app"]) == (
        "NAMESPACE   NAME   READY   APP\n            a      1       \nshop        web    1/1     web\n"
    )


def test_without_rows_nothing_is_printed() -> None:
    assert printed(table(COLUMNS, [])) == ""


def test_tables_with_the_same_columns_have_one_header() -> None:
    assert printed(table(COLUMNS, [WEB]), table(COLUMNS, [DB]), table([], [WEB])) == (
        "NAME   READY\nweb    1/1\ndb     0/1\nweb    1/1\n"
    )


def test_other_columns_have_a_header_of_their_own() -> None:
    assert printed(table(COLUMNS, [WEB]), table(COLUMNS[:1], [DB])) == "NAME   READY\nweb    1/1\nNAME\ndb\n"


def test_a_header_waits_for_the_first_row() -> None:
    assert printed(table(COLUMNS, []), table(COLUMNS, [DB])) == "NAME   READY\ndb     0/1\n"


def test_events_of_a_watch_stand_before_their_rows_and_stay_in_line() -> None:
    assert printed(table(COLUMNS, [WEB]), table([], [DB]), events=("ADDED", "MODIFIED")) == (
        "EVENT      NAME   READY\nADDED      web    1/1\nMODIFIED   db     0/1\n"
    )


def test_rows_are_sorted_by_a_field_of_their_objects() -> None:
    assert printed(table(COLUMNS, [WEB, DB]), sort_by=".metadata.name") == "NAME   READY\ndb     0/1\nweb    1/1\n"


def test_a_single_row_needs_no_field_to_be_sorted_by_and_several_do() -> None:
    assert printed(table(COLUMNS, [WEB]), sort_by=".nope") == "NAME   READY\nweb    1/1\n"
    with pytest.raises(JSONPathError, match=r'couldn\'t find any field with path "\{.nope\}" in the list of objects'):
        printed(table(COLUMNS, [WEB, DB]), sort_by=".nope")


def test_what_is_pending_is_written_at_the_flush_and_only_then() -> None:
    out = io.StringIO()
    printer = TablePrinter(TableOptions(), out)
    seen = [printer.pending, printer.flush()]
    printer.print_table(table(COLUMNS, [WEB]))
    assert out.getvalue() == ""
    seen += [printer.pending, printer.flush(), printer.pending]
    assert seen == [False, False, True, True, False]
    assert out.getvalue() == "NAME   READY\nweb    1/1\n"


def test_tables_are_not_changed() -> None:
    one = table(COLUMNS, [WEB, row(["x"])])
    before = repr(one)
    printed(one, show_kind=True, kind="pod", with_namespace=True, show_labels=True)
    assert repr(one) == before


def test_objects_without_a_table_have_names_and_ages() -> None:
    from datetime import UTC, datetime

    now = datetime(2026, 1, 1, 0, 5, tzinfo=UTC)
    listed = {"items": [{"metadata": {"name": "a", "creationTimestamp": "2026-01-01T00:00:00Z"}}, {"metadata": {}}]}
    assert printed(plain_table(listed, now)) == "NAME   AGE\na      5m\n       <unknown>\n"
    assert printed(plain_table({"metadata": {"name": "b"}}, now)) == "NAME   AGE\nb      <unknown>\n"
