"""Resources that are served in another version, or group, than the one they are stored in."""

from __future__ import annotations

from tests.unit.endpoints.api import Answer, Api

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


def _faulty_fields(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.body
    return [cause["field"] for cause in answer.obj["details"]["causes"]]


def test_the_newer_group_asks_more_of_events(api: Api) -> None:
    about = {"namespace": "ns"}
    refused = api.post(EVENTS, {"metadata": {"name": "Bad_Name!"}, "regarding": about, "type": "Other"})
    assert _faulty_fields(refused) == ["metadata.name", "eventTime", "type"]
    older = {"metadata": {"name": "Bad_Name!"}, "involvedObject": about}
    assert api.post("/api/v1/namespaces/ns/events", older).status == 201


def test_an_event_with_a_time_of_its_own_says_who_reports_what(api: Api) -> None:
    event = {
        "metadata": {"name": "e"},
        "involvedObject": {"namespace": "ns"},
        "eventTime": "2020-01-01T00:00:00.000001Z",
    }
    refused = api.post("/api/v1/namespaces/ns/events", event)
    assert _faulty_fields(refused) == ["reportingComponent", "reportingInstance", "action", "reason"]


def test_an_event_is_in_the_namespace_that_it_is_about(api: Api) -> None:
    event = {"metadata": {"name": "e"}, "involvedObject": {"namespace": "other"}}
    refused = api.post("/api/v1/namespaces/ns/events", event)
    assert _faulty_fields(refused) == ["involvedObject.namespace"]
