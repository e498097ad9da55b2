"""What kubelets send to an API server."""

from __future__ import annotations

import json
from typing import Any

from mini_server.kubelet.client import KubeletClient
from mini_server.kubelet.conditions import OWNED, pod_conditions
from pykubectl.client import DynamicClient, RESTClient, RESTConfig
from pykubectl.client.record import EventBroadcaster
from pykubectl.client.transport.interface import Request
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response
from tests.unit.kubelet.test_lifecycle import make_pod

THEIRS = {"type": "example.com/checked", "status": "True"}


def test_conditions_of_others_are_not_sent_back() -> None:
    """They may have changed since the kubelet saw the pod."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def answer(request: Request) -> FakeResponse:
        sent.append((request.headers["Content-Type"], json.loads(request.body or b"")))
        return json_response({})

    rest = RESTClient(RESTConfig("https://h"), FakeTransport(answer))
    pod = make_pod()
    pod["status"] = {"conditions": [THEIRS]}
    status = {"phase": "Running", "conditions": pod_conditions(pod, {"phase": "Running"}, "2026-01-01T00:00:00Z")}
    KubeletClient(rest, EventBroadcaster(DynamicClient(rest))).write_pod_status(pod, status)

    [(kind, patch)] = sent
    assert kind == "application/strategic-merge-patch+json"
    assert patch["metadata"] == {"uid": pod["metadata"]["uid"]}
    assert tuple(condition["type"] for condition in patch["status"]["conditions"]) == OWNED
    scheduled = patch["status"]["conditions"][-1]
    assert (scheduled["status"], scheduled["reason"], scheduled["message"]) == ("True", None, None)
    order = [entry["type"] for entry in patch["status"]["$setElementOrder/conditions"]]
    assert order == [*OWNED, "example.com/checked"]
    assert THEIRS in status["conditions"]
