"""Autoscalers in their older version lose nothing."""

from __future__ import annotations

import pytest

from pykubectl.machinery.codecs import json
from tests.unit.endpoints.api import Api, Object

NEWER = "/apis/autoscaling/v2/namespaces/ns/horizontalpodautoscalers"
OLDER = "/apis/autoscaling/v1/namespaces/ns/horizontalpodautoscalers"
REFERENCE = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}
ALPHA = "autoscaling.alpha.kubernetes.io/"


def target(kind: str, value: str | int) -> Object:
    name = {"Utilization": "averageUtilization", "AverageValue": "averageValue", "Value": "value"}[kind]
    return {"target": {"type": kind, name: value}}


METRICS: list[Object] = [
    {"type": "Resource", "resource": {"name": "memory", **target("AverageValue", "100Mi")}},
    {"type": "Pods", "pods": {"metric": {"name": "m"}, **target("AverageValue", "1k")}},
    {
        "type": "Object",
        "object": {
            "describedObject": {"kind": "S", "name": "n", "apiVersion": "v1"},
            "metric": {"name": "m", "selector": {"matchLabels": {"app": "a"}}},
            **target("Value", "10"),
        },
    },
    {
        "type": "Object",
        "object": {
            "describedObject": {"kind": "S", "name": "n"},
            "metric": {"name": "m"},
            **target("AverageValue", "3"),
        },
    },
    {"type": "External", "external": {"metric": {"name": "q"}, **target("Value", "30")}},
    {
        "type": "External",
        "external": {
            "metric": {"name": "q", "selector": {"matchLabels": {"a": "b"}}},
            **target("AverageValue", "4"),
        },
    },
    {
        "type": "ContainerResource",
        "containerResource": {"name": "cpu", "container": "c", **target("Utilization", 60)},
    },
    {"type": "Resource", "resource": {"name": "cpu", **target("Utilization", 70)}},
]
STATUS: Object = {
    "currentReplicas": 2,
    "desiredReplicas": 2,
    "currentMetrics": [
        {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 5, "averageValue": "1m"}}},
        {"type": "External", "external": {"metric": {"name": "q"}, "current": {"value": "7"}}},
    ],
    "conditions": [{"type": "AbleToScale", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}],
}


def make(api: Api) -> Object:
    spec = {
        "maxReplicas": 3,
        "scaleTargetRef": REFERENCE,
        "metrics": METRICS,
        "behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}},
    }
    return api.must("POST", NEWER, {"metadata": {"name": "h", "annotations": {"a": "b"}}, "spec": spec})


def test_what_has_no_field_travels_in_annotations(api: Api) -> None:
    make(api)
    older = api.must("GET", f"{OLDER}/h")
    assert set(older["spec"]) == {"maxReplicas", "minReplicas", "scaleTargetRef", "targetCPUUtilizationPercentage"}
    annotations = older["metadata"]["annotations"]
    metrics = annotations[f"{ALPHA}metrics"]
    assert metrics.startswith(
        '[{"type":"Resource","resource":{"name":"memory","targetAverageValue":"100Mi"}},'
        '{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"1k"}},'
        '{"type":"Object","object":{"target":{"kind":"S","name":"n","apiVersion":"v1"},"metricName":"m",'
        '"targetValue":"10","selector":{"matchLabels":{"app":"a"}}}},'
    )
    behavior = json.loads(annotations[f"{ALPHA}behavior"])
    assert list(behavior) == ["ScaleUp", "ScaleDown"]
    assert behavior["ScaleDown"]["StabilizationWindowSeconds"] == 60
    assert annotations["a"] == "b"


def test_a_change_of_the_older_version_keeps_the_rest(api: Api) -> None:
    before = make(api)
    assert api.patch(f"{OLDER}/h", {"spec": {"maxReplicas": 9}}).status == 200
    after = api.must("GET", f"{NEWER}/h")
    assert after["spec"] == {**before["spec"], "maxReplicas": 9}
    assert after["metadata"]["annotations"] == {"a": "b"}
    lowered = api.patch(f"{OLDER}/h", {"spec": {"targetCPUUtilizationPercentage": 10}})
    assert lowered.obj["spec"]["targetCPUUtilizationPercentage"] == 10
    metrics = api.must("GET", f"{NEWER}/h")["spec"]["metrics"]
    assert metrics[:-1] == METRICS[:-1]
    assert metrics[-1]["resource"]["target"]["averageUtilization"] == 10


def test_the_status_travels_too(api: Api) -> None:
    make(api)
    assert api.patch(f"{NEWER}/h/status", {"status": STATUS}).status == 200
    older = api.must("GET", f"{OLDER}/h")
    assert older["status"] == {"currentReplicas": 2, "desiredReplicas": 2, "currentCPUUtilizationPercentage": 5}
    assert api.request("PUT", f"{OLDER}/h/status", older).status == 200
    assert api.must("GET", f"{NEWER}/h")["status"] == STATUS


@pytest.mark.parametrize(
    ("metrics", "behavior"),
    [
        ("{", "[]"),
        ("5", '"x"'),
        ('[{"type":[]}]', '{"ScaleUp":5}'),
        ('[{"type":"Pods","pods":[[]]}]', '{"ScaleUp":{"Policies":{}}}'),
        ('[{"type":"Pods","pods":{"metricName":"m","targetAverageValue":"x"}}]', '{"ScaleUp":{"Tolerance":"x"}}'),
        (
            '[{"type":"Object","object":{"target":"x"}}]',
            '{"ScaleDown":{"Policies":[{"Type":"Pods","Value":"x","PeriodSeconds":[]}]}}',
        ),
    ],
)
def test_annotations_that_cannot_be_read_are_passed_over(api: Api, metrics: str, behavior: str) -> None:
    broken = {f"{ALPHA}metrics": metrics, f"{ALPHA}behavior": behavior, f"{ALPHA}conditions": "5"}
    spec = {"maxReplicas": 3, "scaleTargetRef": REFERENCE, "targetCPUUtilizationPercentage": 50}
    api.must("POST", OLDER, {"metadata": {"name": "h", "annotations": broken}, "spec": spec})
    newer = api.must("GET", f"{NEWER}/h")
    assert "annotations" not in newer["metadata"]
    assert "behavior" not in newer["spec"]
    assert [metric["resource"]["name"] for metric in newer["spec"]["metrics"]] == ["cpu"]
