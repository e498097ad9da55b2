"""JSON, YAML and names, byte for byte."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.printers.interface import Printer
from pykubectl.printers.serial import JSONPrinter, NamePrinter, YAMLPrinter, full_name

POD: dict[str, Any] = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "web", "managedFields": [{"manager": "x"}], "labels": {}},
    "spec": {"n": [], "t": "<a&b>", "f": 1e6},
}
DEPLOYMENT: dict[str, Any] = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}}
EVENT = {"type": "ADDED", "object": {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web"}}}


def printed(printer: Printer, *objects: dict[str, Any]) -> str:
    out = io.StringIO()
    for obj in objects:
        printer.print_obj(obj, out)
    return out.getvalue()


def test_json_is_indented_by_four_with_its_keys_in_order() -> None:
    assert printed(JSONPrinter(), POD) == (
        "{\n"
        '    "apiVersion": "v1",\n'
        '    "kind": "Pod",\n'
        '    "metadata": {\n'
        '        "labels": {},\n'
        '        "name": "web"\n'
        "    },\n"
        '    "spec": {\n'
        '        "f": 1000000,\n'
        '        "n": [],\n'
        '        "t": "\\u003ca\\u0026b\\u003e"\n'
        "    }\n"
        "}\n"
    )


def test_yaml_documents_are_separated() -> None:
    one = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
    assert printed(YAMLPrinter(), DEPLOYMENT) == one
    assert printed(YAMLPrinter(), DEPLOYMENT, DEPLOYMENT) == f"{one}---\n{one}"


@pytest.mark.parametrize("make", [JSONPrinter, YAMLPrinter])
def test_managed_fields_are_left_out_unless_they_are_asked_for(make: type[JSONPrinter] | type[YAMLPrinter]) -> None:
    listed = {"kind": "List", "apiVersion": "v1", "items": [POD, "no object"]}
    assert "managedFields" not in printed(make(), POD) + printed(make(), listed)
    assert "managedFields" in printed(make(show_managed_fields=True), POD)
    assert "managedFields" in printed(make(show_managed_fields=True), listed)
    assert "managedFields" in POD["metadata"]


def test_events_of_a_watch_are_a_line_of_json_each() -> None:
    line = '{"type":"ADDED","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}}\n'
    assert printed(JSONPrinter(), EVENT, EVENT) == line + line


def test_an_object_that_has_a_type_and_an_object_is_no_event() -> None:
    assert printed(JSONPrinter(), {"kind": "X", "type": "a", "object": 1}).startswith("{\n")


@pytest.mark.parametrize(
    ("obj", "name"),
    [
        (POD, "pod/web"),
        (DEPLOYMENT, "deployment.apps/web"),
        ({"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1", "metadata": {"name": "n"}},
         "networkpolicy.networking.k8s.io/n"),
        ({"kind": "Pod", "apiVersion": "v1"}, "pod/<unknown>"),
    ],
)  # fmt: skip
def test_names(obj: dict[str, Any], name: str) -> None:
    assert full_name(obj) == name


def test_what_was_done_stands_after_the_name_but_not_where_only_the_name_is_wanted() -> None:
    assert printed(NamePrinter("created"), DEPLOYMENT) == "deployment.apps/web created\n"
    assert printed(NamePrinter("created", short=True), DEPLOYMENT) == "deployment.apps/web\n"
    assert printed(NamePrinter(), POD) == "pod/web\n"


def test_names_of_a_list_and_of_an_event_are_those_of_their_objects() -> None:
    listed = {"kind": "PodList", "items": [POD, DEPLOYMENT]}
    assert printed(NamePrinter(short=True), listed, EVENT) == "pod/web\ndeployment.apps/web\npod/web\n"
