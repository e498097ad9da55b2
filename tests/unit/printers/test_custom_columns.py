"""Custom columns: how they are named, and what stands in them."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.printers.custom_columns import CustomColumnsPrinter, parse_columns, parse_template
from pykubectl.printers.jsonpath import JSONPathError

WEB: dict[str, Any] = {
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "shop"}},
    "spec": {"n": 1, "half": 1.5, "list": [1, 2], "map": {"b": 1, "a": None}, "nil": None, "yes": True, "none": []},
}
BARE: dict[str, Any] = {"kind": "Pod", "metadata": {"name": "bare"}}
LIST = {"kind": "List", "items": [WEB, BARE]}


def printed(spec: str, *objects: dict[str, Any], no_headers: bool = False) -> str:
    out = io.StringIO()
    printer = CustomColumnsPrinter(parse_columns(spec), no_headers=no_headers)
    for obj in objects:
        printer.print_obj(obj, out)
    return out.getvalue()


@pytest.mark.parametrize("path", [".metadata.name", "metadata.name", "{.metadata.name}", "{metadata.name}"])
def test_paths_may_be_written_in_several_ways(path: str) -> None:
    assert printed(f"NAME:{path}", LIST) == "NAME\nweb\nbare\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".spec.n", "1"),
        (".spec.half", "1.5"),
        (".spec.yes", "true"),
        (".spec.list", "[1 2]"),
        (".spec.list[*]", "1,2"),
        (".spec.map", "map[a:<nil> b:1]"),
        (".spec.nil", "<nil>"),
        (".spec.none", "[]"),
        (".spec.none[*]", "<none>"),
        (".spec.missing", "<none>"),
        (".metadata.labels.app", "shop"),
        (".metadata['name','labels']", "web,map[app:shop]"),
    ],
)
def test_values(path: str, text: str) -> None:
    printer = CustomColumnsPrinter(parse_template(f"A\n{path}"))
    printer.print_obj(WEB, out := io.StringIO())
    assert out.getvalue() == f"A\n{text}\n"


def test_columns_are_aligned_and_without_a_path_empty() -> None:
    assert printed("NAME:.metadata.name,X:,APP:.metadata.labels.app", LIST) == (
        "NAME   X        APP\nweb    <none>   shop\nbare   <none>   <none>\n"
    )


def test_headers_are_printed_once_and_later_rows_stay_in_line() -> None:
    long = {"metadata": {"name": "a-long-name", "labels": {"app": "x"}}}
    assert printed("N:.metadata.name,APP:.metadata.labels.app", WEB, long, BARE) == (
        "N     APP\nweb   shop\na-long-name   x\nbare          <none>\n"
    )
    assert printed("N:.metadata.name", WEB, BARE, no_headers=True) == "web\nbare\n"


def test_a_terminal_is_not_steered_by_a_value() -> None:
    assert printed("N:.v", {"v": "\x1b[31m\r"}) == "N\n^[[31m\\r\n"


def test_rows_before_the_one_at_fault_are_printed() -> None:
    out = io.StringIO()
    with pytest.raises(JSONPathError, match="array index out of bounds: index 1, length 1"):
        CustomColumnsPrinter(parse_columns("A:.l[1]")).print_obj({"items": [{"l": [1, 2]}, {"l": [1]}]}, out)
    assert out.getvalue() == "A\n2\n"


def test_a_path_that_cannot_be_read_is_found_after_the_header_is_printed() -> None:
    out = io.StringIO()
    with pytest.raises(JSONPathError, match="unterminated array"):
        CustomColumnsPrinter(parse_columns("A:.l[")).print_obj(WEB, out)
    assert out.getvalue() == "A\n"


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        ("A", "unexpected custom-columns spec: A, expected <header>:<json-path-expr>"),
        ("A:.a,", "unexpected custom-columns spec: , expected <header>:<json-path-expr>"),
        ("A:.l['a','b']", "unexpected custom-columns spec: 'b'], expected <header>:<json-path-expr>"),
        (
            "A:{.a",
            "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'",
        ),
    ],
)
def test_columns_that_cannot_be_read(spec: str, text: str) -> None:
    with pytest.raises(JSONPathError) as caught:
        parse_columns(spec)
    assert str(caught.value) == text


def test_a_template_has_headers_in_its_first_line_and_paths_in_its_second() -> None:
    columns = parse_template("  NAME   APP \n metadata.name {.metadata.labels.app}\nmore is not read\n")
    assert columns == [("NAME", "{.metadata.name}"), ("APP", "{.metadata.labels.app}")]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "invalid template, missing header line."),
        ("A B\n", "invalid template, missing spec line."),
        ("A B\n.a\n", "number of headers (2) and field specifications (1) don't match"),
        ("A\n{.a\n", "unexpected path string, expected a"),
    ],
)
def test_templates_that_cannot_be_read(text: str, error: str) -> None:
    with pytest.raises(JSONPathError) as caught:
        parse_template(text)
    assert str(caught.value).startswith(error)
