"""What is read of a body, and what is said about the rest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.endpoints.api import Api, Object

MAPS = "/api/v1/namespaces/ns/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/ns/deployments"
MAP = {"metadata": {"name": "c"}, "data": {"a": "1"}}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        (b"", 400, "couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)"),
        (b"{", 400, "couldn't get version/kind; json parse error: unexpected end of JSON input ({)"),
        (b"[]", 400, "json: cannot unmarshal array into Go value of type struct"),
        (b'{"data":{"a":1}}', 400, "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"),
        (b'{"kind":"Pod","apiVersion":"v1"}', 400, "converting (v1.Pod) to (core.ConfigMap): unknown conversion"),
        (
            b'{"kind":"ConfigMap","apiVersion":"apps/v1"}',
            400,
            'no kind "ConfigMap" is registered for version "apps/v1"',
        ),
        (b'{"kind":"Nothing","apiVersion":"v1"}', 400, 'no kind "Nothing" is registered for version "v1"'),
    ],
)
def test_bodies_that_cannot_be_read(api: Api, body: bytes, code: int, text: str) -> None:
    refused = api.request("POST", MAPS, body)
    assert (refused.status, text in refused.obj["message"]) == (code, True), refused.obj["message"]


def test_bodies_of_other_forms(api: Api) -> None:
    made = api.request("POST", MAPS, b"metadata:\n  name: c\ndata:\n  a: b\n", content_type="application/yaml")
    assert made.obj["data"] == {"a": "b"}
    refused = api.request("POST", MAPS, b"x", content_type="text/plain")
    assert refused.status == 415
    assert "the body of the request was in an unknown format - accepted media types include" in refused.obj["message"]


def test_strict_reading(api: Api) -> None:
    body = b'{"metadata":{"name":"c"},"data":{"a":"1","a":"2"},"more":1}'
    warned = api.request("POST", MAPS, body)
    assert warned.obj["data"] == {"a": "2"}
    assert warned.warnings == ['duplicate field \\"data.a\\"', 'unknown field \\"more\\"']
    assert api.request("POST", f"{MAPS}?fieldValidation=Ignore&dryRun=All", body.replace(b'"c"', b'"d"')).warnings == []
    refused = api.request("POST", f"{MAPS}?fieldValidation=Strict", body.replace(b'"c"', b'"d"'))
    assert refused.status == 400
    assert refused.obj["message"].endswith('strict decoding error: duplicate field "data.a", unknown field "more"')


@pytest.mark.parametrize(
    ("query", "cause"),
    [
        ("dryRun=x", 'Unsupported value: ["x"]: supported values: "All"'),
        ("fieldValidation=x", 'Unsupported value: "x": supported values: "", "Ignore", "Strict", "Warn"'),
        ("fieldManager=" + "x" * 129, "Too long: may not be more than 128 bytes"),
        ("fieldManager=a%07", "should not contain control characters"),
    ],
)
def test_options_that_do_not_fit(api: Api, query: str, cause: str) -> None:
    refused = api.post(f"{MAPS}?{query}", MAP)
    assert (refused.status, refused.obj["details"]["kind"]) == (422, "CreateOptions")
    told = refused.obj["details"]["causes"][0]["message"]
    assert cause in told or "invalid character U+0007" in told


# Patches


def patched(api: Api, patch: Any, kind: str = "merge-patch+json", query: str = "") -> Any:
    return api.patch(f"{MAPS}/c{query}", patch, kind)


def test_three_kinds_of_patches(api: Api) -> None:
    api.must("POST", MAPS, MAP)
    assert patched(api, {"data": {"a": None, "b": "2"}}).obj["data"] == {"b": "2"}
    assert patched(api, {"data": {"c": "3"}}, "strategic-merge-patch+json").obj["data"] == {"b": "2", "c": "3"}
    operations = [
        {"op": "test", "path": "/data/b", "value": "2"},
        {"op": "remove", "path": "/data/b"},
        {"op": "add", "path": "/data/d", "value": "4"},
    ]
    assert patched(api, operations, "json-patch+json").obj["data"] == {"c": "3", "d": "4"}


def test_lists_merge_by_key_in_strategic_patches_alone(api: Api) -> None:
    containers = [{"name": name, "image": "i"} for name in ("c", "d")]
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    api.must("POST", DEPLOYMENTS, {"metadata": {"name": "d"}, "spec": spec})
    change = {"spec": {"template": {"spec": {"containers": [{"name": "d", "image": "j"}]}}}}

    def images(kind: str) -> list[tuple[str, str]]:
        answer = api.patch(f"{DEPLOYMENTS}/d", change, kind).obj
        return [(c["name"], c["image"]) for c in answer["spec"]["template"]["spec"]["containers"]]

    assert sorted(images("strategic-merge-patch+json")) == [("c", "i"), ("d", "j")]
    assert images("merge-patch+json") == [("d", "j")]


@pytest.mark.parametrize(
    ("patch", "kind", "code", "text"),
    [
        (b"{", "merge-patch+json", 400, "error decoding patch: unexpected end of JSON input"),
        (b"[]", "strategic-merge-patch+json", 400, "json: cannot unmarshal array into Go value of type map"),
        (b"{}", "json-patch+json", 400, "error decoding patch: json: cannot unmarshal object into Go value of type"),
        (
            [{"op": "test", "path": "/data/a", "value": "2"}],
            "json-patch+json",
            422,
            "testing value /data/a failed: test failed",
        ),
        (
            [{"op": "remove", "path": "/data/x"}],
            "json-patch+json",
            422,
            "error in remove for path: '/data/x': Unable to remove",
        ),
        ({"metadata": {"name": "d"}}, "merge-patch+json", 400, "the name of the object (d)"),
        ({"metadata": {"namespace": "d"}}, "merge-patch+json", 400, "the namespace of the provided object does not"),
        ({}, "x+json", 415, "415: Unsupported Media Type"),
    ],
)
def test_patches_that_do_not_fit(api: Api, patch: Any, kind: str, code: int, text: str) -> None:
    api.must("POST", MAPS, MAP)
    refused = patched(api, patch, kind)
    assert (refused.status, text in refused.obj["message"]) == (code, True), refused.obj["message"]


@pytest.mark.parametrize("kind", ["merge-patch+json", "strategic-merge-patch+json"])
def test_unknown_fields_of_patches(api: Api, kind: str) -> None:
    api.must("POST", MAPS, MAP)
    assert patched(api, {"more": 1}, kind).warnings == ['unknown field \\"more\\"']
    refused = patched(api, {"more": 1}, kind, "?fieldValidation=Strict")
    assert (refused.status, 'unknown field "more"' in refused.obj["message"]) == (422, True), refused.obj


def test_a_patch_of_nothing(api: Api) -> None:
    refused = patched(api, {"data": {}})
    assert (refused.status, refused.obj["message"]) == (404, 'configmaps "c" not found')


def test_an_older_version_in_a_patch(api: Api) -> None:
    first = api.must("POST", MAPS, MAP)["metadata"]["resourceVersion"]
    assert patched(api, {"data": {"a": "2"}}).status == 200
    assert patched(api, {"metadata": {"resourceVersion": first}, "data": {"a": "3"}}).status == 409


def test_bodies_are_of_limited_size(api: Api) -> None:
    big: Object = {"metadata": {"name": "c"}, "data": {"a": "x" * (3 * 1024 * 1024)}}
    refused = api.post(MAPS, big)
    assert (refused.status, refused.obj["message"]) == (413, "Request entity too large: limit is 3145728")


def test_only_an_apply_takes_by_force(api: Api) -> None:
    api.must("POST", MAPS, MAP)
    refused = patched(api, {}, query="?force=true&fieldValidation=x")
    causes = refused.obj["details"]["causes"]
    assert causes[0] == {
        "field": "force",
        "reason": "FieldValueForbidden",
        "message": "Forbidden: may not be specified for non-apply patch",
    }
    assert causes[1]["field"] == "fieldValidation"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"preconditions": -1}, "number into Go struct field DeleteOptions.preconditions of type v1.Preconditions"),
        ({"dryRun": True}, "bool into Go struct field DeleteOptions.dryRun of type []string"),
        ({"gracePeriodSeconds": "x"}, "string into Go struct field DeleteOptions.gracePeriodSeconds of type int64"),
        ({"kind": "Pod", "apiVersion": "v1"}, 'no kind "Pod" is registered for version "v1" in scheme'),
        ([], "couldn't get version/kind; json parse error: json: cannot unmarshal array"),
    ],
)
def test_options_of_a_deletion_that_cannot_be_read(api: Api, options: Any, text: str) -> None:
    api.must("POST", MAPS, MAP)
    refused = api.request("DELETE", f"{MAPS}/c", options)
    assert (refused.status, text in refused.obj["message"]) == (400, True), refused.obj["message"]


def test_versions_that_are_none(api: Api) -> None:
    api.must("POST", MAPS, MAP)
    refused = patched(api, {"apiVersion": "a/b/c"})
    assert refused.status == 422
    assert refused.obj["message"].endswith("unexpected GroupVersion string: a/b/c")


def test_bytes_that_are_no_ascii(api: Api) -> None:
    refused = api.post("/api/v1/namespaces/ns/secrets", {"metadata": {"name": "s"}, "data": {"a": "é"}})
    assert (refused.status, "illegal base64 data at input byte 0" in refused.obj["message"]) == (400, True)
