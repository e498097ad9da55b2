"""Resources that are served in another version, or group, than the one they are stored in."""

from __future__ import annotations

from tests.unit.endpoints.api import Api

EVENTS = "/apis/events.k8s.io/v1/namespaces/ns/events"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
EVENT = {
    "metadata": {"name": "e"},
    "regarding": {"kind": "Pod", "name": "p", "namespace": "ns"},
    "note": "n",
    "reason": "R",
    "type": "Normal",
    "action": "A",
    "eventTime": "2026-01-01T00:00:00.000000Z",
    "reportingController": "e.com/c",
    "reportingInstance": "i",
}


def test_errors_name_the_group_that_is_served(api: Api) -> None:
    answer = api.get(f"{EVENTS}/none")
    assert answer.obj["message"] == 'events.events.k8s.io "none" not found'
    assert answer.obj["details"] == {"name": "none", "group": "events.k8s.io", "kind": "events"}
    assert api.get("/api/v1/namespaces/ns/events/none").obj["message"] == 'events "none" not found'


def test_selectors_use_the_served_names(api: Api) -> None:
    api.must("POST", EVENTS, EVENT)
    assert len(api.get(f"{EVENTS}?fieldSelector=regarding.name%3Dp").obj["items"]) == 1
    assert api.get(f"{EVENTS}?fieldSelector=regarding.name%3Dq").obj["items"] == []
    assert api.get(f"{EVENTS}?fieldSelector=involvedObject.name%3Dp").status == 400


def test_what_the_stored_version_always_has_is_there(api: Api) -> None:
    created = api.must("POST", EVENTS, EVENT)
    assert created["deprecatedFirstTimestamp"] is created["deprecatedLastTimestamp"] is None


def test_tables_are_made_of_the_stored_version(api: Api) -> None:
    api.must("POST", EVENTS, EVENT)
    row = api.get(EVENTS, accept=TABLE).obj["rows"][0]["cells"]
    assert row[1:7] == ["Normal", "R", "pod/p", "", "e.com/c, i", "n"]


def test_an_autoscaler_of_the_older_version_gets_the_newer_ones_metric(api: Api) -> None:
    spec = {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}}
    url = "/apis/autoscaling/v{}/namespaces/ns/horizontalpodautoscalers"
    created = api.must("POST", url.format(1), {"metadata": {"name": "h"}, "spec": spec})
    assert created["spec"]["targetCPUUtilizationPercentage"] == 80
    newer = api.get(f"{url.format(2)}/h").obj
    assert newer["spec"]["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}


def test_unknown_fields_in_the_words_of_each_kind(api: Api) -> None:
    answer = api.get("/apis/batch/v1/namespaces/ns/jobs?fieldSelector=x%3Dy")
    assert answer.obj["message"] == 'field label "x" not supported for Job'
    answer = api.get("/apis/apps/v1/namespaces/ns/replicasets?fieldSelector=status.replicas%3D0")
    assert answer.obj["message"].startswith('"status.replicas" is not a known field selector: only "metadata.name"')


def test_the_newer_group_asks_more_of_events(api: Api) -> None:
    refused = api.post(EVENTS, {"metadata": {"name": "Bad_Name!"}, "type": "Other"})
    fields = [cause["field"] for cause in refused.obj["details"]["causes"]]
    expected = ["reportingController", "reportingInstance", "action", "reason", "metadata.name", "eventTime", "type"]
    assert (refused.status, fields) == (422, expected)
    assert api.post("/api/v1/namespaces/ns/events", {"metadata": {"name": "Bad_Name!"}}).status == 201
