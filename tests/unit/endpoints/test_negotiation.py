"""Forms of answers, methods and paths."""

from __future__ import annotations

import pytest

from tests.unit.endpoints.api import Api

CONFIG_MAPS = "/api/v1/namespaces/ns/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
ROUTER = f"406: Not Acceptable\n\nAvailable representations: {ACCEPTED}"
HANDLER = f"only the following media types are accepted: {ACCEPTED}"


@pytest.mark.parametrize(
    ("accept", "text"),
    [
        ("text/html", ROUTER),
        ("application/*", ROUTER),
        ("application/json;as=Table;v=v2;g=meta.k8s.io", HANDLER),
        ("application/json;as=Nope;v=v1;g=meta.k8s.io", HANDLER),
    ],
)
def test_two_gates(api: Api, accept: str, text: str) -> None:
    api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})
    answer = api.get(f"{CONFIG_MAPS}/c", accept=accept)
    assert (answer.status, answer.obj["message"]) == (406, text)


def test_refusals_take_the_form_that_was_asked_for(api: Api) -> None:
    answer = api.get(f"{CONFIG_MAPS}/none", accept="application/yaml")
    assert answer.status == 404
    assert b"\nreason: NotFound\n" in answer.body


def test_a_watch_is_not_to_be_had_in_yaml(api: Api) -> None:
    answer = api.get(f"{CONFIG_MAPS}?watch=1", accept="application/yaml")
    assert answer.status == 406
    assert b"application/json;stream=watch" in answer.body


def test_a_status_is_no_table_and_need_not_be(api: Api) -> None:
    api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})
    assert api.request("DELETE", f"{CONFIG_MAPS}/c", accept=TABLE).obj["status"] == "Success"


@pytest.mark.parametrize(
    ("method", "url", "code"),
    [
        ("POST", f"{CONFIG_MAPS}/c", 405),
        ("PUT", CONFIG_MAPS, 405),
        ("PATCH", CONFIG_MAPS, 405),
        ("GET", "/apis/authorization.k8s.io/v1/subjectaccessreviews", 405),
        ("GET", "/apis/authorization.k8s.io/v1/subjectaccessreviews/x", 404),
        ("GET", "/apis/apps/v1/nothing", 404),
    ],
)
def test_methods_fit_names(api: Api, method: str, url: str, code: int) -> None:
    answer = api.request(method, url, {} if method != "GET" else None)
    assert (answer.status, answer.obj["kind"]) == (code, "Status")


def test_a_group_that_nobody_serves_is_no_page(api: Api) -> None:
    answer = api.get("/apis/example.com/v1/things")
    assert (answer.status, answer.body) == (404, b"404 page not found\n")


def test_deprecated_kinds_say_so(api: Api) -> None:
    text = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
    assert api.get("/api/v1/namespaces/ns/endpoints").warnings == [text]
    assert api.get("/api/v1/namespaces/ns/endpoints/none").warnings == [text]


def test_tables_of_kinds_without_columns_tell_when_they_were_made(api: Api) -> None:
    url = "/apis/storage.k8s.io/v1/namespaces/ns/csistoragecapacities"
    created = api.must("POST", url, {"metadata": {"name": "c"}, "storageClassName": "s"})
    table = api.get(url, accept=TABLE).obj
    assert [column["name"] for column in table["columnDefinitions"]] == ["Name", "Created At"]
    assert table["rows"][0]["cells"] == ["c", created["metadata"]["creationTimestamp"]]


def test_an_unknown_part_of_objects_in_tables(api: Api) -> None:
    answer = api.get(f"{CONFIG_MAPS}?includeObject=All", accept=TABLE)
    assert answer.obj["message"] == (
        'Unable to convert to Table as requested: includeObject: Invalid value: "All": '
        "must be 'Metadata', 'Object', 'None', or empty"
    )
