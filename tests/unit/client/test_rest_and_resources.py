from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from pykubectl.api import core_v1
from pykubectl.client import Clientset, DynamicClient, RESTClient, RESTConfig
from pykubectl.client.errors import ConnectionReset
from pykubectl.client.resource import MERGE_PATCH
from pykubectl.client.transport.interface import Request
from pykubectl.client.warning_headers import parse
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response, stream_response

PODS = GroupVersionResource("", "v1", "pods")
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "namespace": "ns", "labels": None}, "spec": None}


def client(
    handler: Callable[[Request], FakeResponse], host: str = "https://h/prefix"
) -> tuple[RESTClient, FakeTransport]:
    transport = FakeTransport(handler)
    return RESTClient(RESTConfig(host), transport, wait=lambda seconds: None), transport


def test_path_query_and_body() -> None:
    rest, transport = client(lambda request: json_response({}))
    rest.request("POST", "/api", params={"a": True, "b": None, "c": ["1", "2"], "d": 3}, body={"k": 1})

    request = transport.requests[0]
    assert (request.path, request.query) == ("/prefix/api", [("a", "true"), ("c", "1"), ("c", "2"), ("d", "3")])
    assert json.loads(request.body or b"") == {"k": 1}
    assert request.headers == {"Accept": "application/json", "Content-Type": "application/json"}


def test_status_becomes_an_error() -> None:
    status = {"kind": "Status", "status": "Failure", "code": 404, "reason": "NotFound", "message": 'pods "x" not found'}
    rest, _ = client(lambda request: json_response(status, 404))

    with pytest.raises(StatusError) as raised:
        rest.get("/api/v1/pods/x")
    assert (raised.value.code, raised.value.reason, raised.value.message) == (404, "NotFound", 'pods "x" not found')


def test_text_becomes_a_generic_error() -> None:
    rest, _ = client(lambda request: FakeResponse(404, b"404 page not found\n", {"content-type": "text/plain"}))

    with pytest.raises(StatusError, match="the server could not find the requested resource"):
        rest.get("/nope")


def test_throttled_request_is_sent_again() -> None:
    answers = [FakeResponse(429, b"", {"retry-after": "1"}), json_response({"ok": 1})]
    rest, transport = client(lambda request: answers.pop(0))

    assert rest.request("POST", "/x", body=b"1").object == {"ok": 1}
    assert len(transport.requests) == 2


def test_reset_read_is_sent_again_but_no_write() -> None:
    answers: list[FakeResponse | None] = [None, json_response(1), None]

    def handler(request: Request) -> FakeResponse:
        answer = answers.pop(0)
        if answer is None:
            raise ConnectionReset("EOF")
        return answer

    rest, _ = client(handler)
    assert rest.get("/x").object == 1
    with pytest.raises(ConnectionReset):
        rest.request("POST", "/x")


def test_warnings_reach_the_handler() -> None:
    said: list[str] = []
    headers = {"content-type": "application/json", "warning": '299 - "old \\"api\\"", 299 k8s "other"'}
    rest, _ = client(lambda request: FakeResponse(200, b"{}", headers))
    rest.warning_handler = lambda code, agent, text: said.append(text)

    assert rest.get("/x").warnings == said == ['old "api"', "other"]
    assert [*parse("nonsense")] == []


def test_typed_get_takes_null_as_left_out() -> None:
    rest, transport = client(lambda request: json_response(POD))
    pod = Clientset(rest).core_v1.pods("ns").get("x")

    assert isinstance(pod, core_v1.Pod)
    assert (pod.metadata.name, transport.requests[0].path) == ("x", "/prefix/api/v1/namespaces/ns/pods/x")
    again = Clientset(rest).resource(core_v1.Pod, "ns").update(pod)
    assert again == pod
    assert transport.requests[1].method == "PUT"


def test_verbs_of_a_dynamic_resource() -> None:
    rest, transport = client(lambda request: json_response({"metadata": {}}), "https://h")
    pods = DynamicClient(rest).resource(PODS).namespace("a")
    pods.list(label_selector="a=b", limit=5)
    pods.patch("x", MERGE_PATCH, {"a": 1}, subresource="status", field_manager="me")
    pods.delete("x", propagation_policy="Background", uid="u")
    pods.apply({"metadata": {"name": "x"}}, field_manager="me", force=True)
    pods.delete_collection(field_selector="f=g")

    seen = [(request.method, request.path, dict(request.query)) for request in transport.requests]
    assert seen == [
        ("GET", "/api/v1/namespaces/a/pods", {"labelSelector": "a=b", "limit": "5"}),
        ("PATCH", "/api/v1/namespaces/a/pods/x/status", {"fieldManager": "me"}),
        ("DELETE", "/api/v1/namespaces/a/pods/x", {}),
        ("PATCH", "/api/v1/namespaces/a/pods/x", {"fieldManager": "me", "force": "true"}),
        ("DELETE", "/api/v1/namespaces/a/pods", {"fieldSelector": "f=g"}),
    ]
    options = json.loads(transport.requests[2].body or b"")
    assert (options["propagationPolicy"], options["preconditions"]) == ("Background", {"uid": "u"})
    with pytest.raises(ValueError, match="may not contain"):
        pods.get("a/b")


def test_watch_ends_and_reports_errors() -> None:
    response = stream_response()
    rest, _ = client(lambda request: response)
    response.event("ADDED", POD)
    response.event("ERROR", {"kind": "Status", "status": "Failure", "code": 410, "reason": "Expired", "message": "old"})
    events = iter(Clientset(rest).core_v1.pods().watch())

    first = next(events)
    assert (first.type, first.object.metadata.name) == ("ADDED", "x")
    with pytest.raises(StatusError, match="old"):
        next(events)
    assert response.closed.is_set()


@pytest.mark.parametrize(("seconds", "text"), [(5, "5s"), (60, "1m0s"), (0.25, "250ms"), (2_000_000, "555h33m20s")])
def test_time_limit_is_told_as_go_writes_it(seconds: float, text: str) -> None:
    transport = FakeTransport(lambda request: json_response({}))
    RESTClient(RESTConfig("https://h", timeout=seconds), transport).get("/api")

    assert (transport.requests[0].query, transport.requests[0].timeout) == ([("timeout", text)], seconds)
