"""Faults of what makes pods."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.apis.faults import Object, change_faults, changed, faults, lines, of_kind, status_faults

LABELS = {"app": "a"}
SELECTOR = {"matchLabels": LABELS}
PODS: Object = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
DEPLOYMENT = of_kind("apps/v1", "Deployment", {"selector": SELECTOR, "template": PODS})
REPLICAS = of_kind("apps/v1", "ReplicaSet", {"selector": SELECTOR, "template": PODS})
DAEMONS = of_kind("apps/v1", "DaemonSet", {"selector": SELECTOR, "template": PODS})
STATEFUL = of_kind("apps/v1", "StatefulSet", {"selector": SELECTOR, "template": PODS, "serviceName": "s"})
BUDGET = of_kind("policy/v1", "PodDisruptionBudget", {"selector": SELECTOR, "minAvailable": 1})
SCALER = of_kind(
    "autoscaling/v2",
    "HorizontalPodAutoscaler",
    {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}},
)


@pytest.mark.parametrize("obj", [DEPLOYMENT, REPLICAS, DAEMONS, STATEFUL, BUDGET, SCALER], ids=lambda obj: obj["kind"])
def test_good_ones(obj: Object) -> None:
    assert faults(obj) == []
    assert change_faults(obj, obj) == []


@pytest.mark.parametrize("obj", [DEPLOYMENT, REPLICAS, DAEMONS, STATEFUL], ids=lambda obj: obj["kind"])
def test_the_template_is_selected_and_runs_always(obj: Object) -> None:
    other = lines(obj, {"spec.template.metadata.labels": {"b": "c"}})
    wanted = "spec.template.metadata.labels: Invalid value: "
    assert any(line.startswith(wanted) and "does not match template `labels`" in line for line in other), other
    never = lines(obj, {"spec.template.spec.restartPolicy": "Never"})
    assert 'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"' in never
    assert any("empty selector is invalid" in line for line in lines(obj, {"spec.selector": {}}))


@pytest.mark.parametrize("obj", [DEPLOYMENT, REPLICAS, DAEMONS], ids=lambda obj: obj["kind"])
def test_selectors_stay(obj: Object) -> None:
    new = changed(obj, "spec.selector", {"matchLabels": {"app": "b"}})
    new = changed(new, "spec.template.metadata.labels", {"app": "b"})
    assert [line for line in change_faults(obj, new) if line.endswith("field is immutable")]


@pytest.mark.parametrize(
    ("obj", "values", "fault"),
    [
        (DEPLOYMENT, {"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        (DEPLOYMENT, {"selector": None}, "spec.selector: Required value"),
        (DEPLOYMENT, {"minReadySeconds": 700}, "must be greater than minReadySeconds"),
        (DEPLOYMENT, {"strategy": {"type": "X"}}, 'supported values: "Recreate", "RollingUpdate"'),
        (
            DEPLOYMENT,
            {"strategy": {"type": "Recreate", "rollingUpdate": {}}},
            "may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            DEPLOYMENT,
            {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}}},
            "may not be 0 when `maxSurge` is 0",
        ),
        (DEPLOYMENT, {"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}}, "must not be greater than 100%"),
        (DEPLOYMENT, {"strategy": {"rollingUpdate": {"maxSurge": "x"}}}, "a valid percent string must be a numeric"),
        (DEPLOYMENT, {"strategy": {"rollingUpdate": {"maxSurge": -1}}}, "must be greater than or equal to 0"),
        (DEPLOYMENT, {"template.spec.containers": []}, "spec.template.spec.containers: Required value"),
        (REPLICAS, {"minReadySeconds": -1}, "spec.minReadySeconds: Invalid value: -1"),
        (DAEMONS, {"updateStrategy": {"type": "X"}}, 'supported values: "RollingUpdate", "OnDelete"'),
        (
            DAEMONS,
            {"updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}},
            "may not be set when maxUnavailable is non-zero",
        ),
        (
            DAEMONS,
            {"updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}},
            "cannot be 0 when maxSurge is 0",
        ),
        (STATEFUL, {"podManagementPolicy": "X"}, "must be 'OrderedReady' or 'Parallel'"),
        (STATEFUL, {"updateStrategy": {"type": "X"}}, "must be 'RollingUpdate' or 'OnDelete'"),
        (
            STATEFUL,
            {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}},
            "only allowed for updateStrategy 'RollingUpdate'",
        ),
        (STATEFUL, {"updateStrategy": {"rollingUpdate": {"partition": -1}}}, "must be greater than or equal to 0"),
        (
            STATEFUL,
            {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "X"}},
            'supported values: "Retain", "Delete"',
        ),
        (STATEFUL, {"ordinals": {"start": -1}}, "spec.ordinals.start: Invalid value: -1"),
        (STATEFUL, {"serviceName": "A"}, "spec.serviceName: Invalid value"),
        (
            STATEFUL,
            {"volumeClaimTemplates": [{"metadata": {"name": "v"}, "spec": {}}]},
            "spec.volumeClaimTemplates[0].spec.accessModes: Required value",
        ),
        (BUDGET, {"maxUnavailable": 1}, "minAvailable and maxUnavailable cannot be both set"),
        (BUDGET, {"minAvailable": "101%"}, "must not be greater than 100%"),
        (BUDGET, {"unhealthyPodEvictionPolicy": "X"}, 'supported values: "AlwaysAllow", "IfHealthyBudget"'),
        (SCALER, {"maxReplicas": 0}, "spec.maxReplicas: Required value: must be set and greater than 0"),
        (SCALER, {"minReplicas": 0}, "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"),
        (SCALER, {"minReplicas": 4}, "must be greater than or equal to `minReplicas`"),
        (SCALER, {"scaleTargetRef.name": ""}, "spec.scaleTargetRef.name: Required value"),
        (SCALER, {"scaleTargetRef.apiVersion": "a/b/c"}, "unexpected GroupVersion string: a/b/c"),
        (SCALER, {"scaleTargetRef.apiVersion": "v1"}, "apiVersion must specify API group"),
        (SCALER, {"metrics": [{"type": "X"}]}, 'spec.metrics[0].type: Unsupported value: "X"'),
        (
            SCALER,
            {"metrics": [{"type": "Pods"}]},
            "spec.metrics[0].pods: Required value: must populate information for the given metric source",
        ),
        (
            SCALER,
            {"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization"}}}]},
            "must set either a target raw value or a target utilization",
        ),
        (
            SCALER,
            {"metrics": [{"type": "External", "external": {"metric": {}, "target": {"type": "Value", "value": "0"}}}]},
            "must be positive",
        ),
        (
            SCALER,
            {"metrics": [{"type": "Pods", "pods": {"metric": {"name": "m"}, "target": {"type": "AverageValue"}}}]},
            "must specify a positive target averageValue",
        ),
        (SCALER, {"behavior": {"scaleUp": {"selectPolicy": "X"}}}, 'supported values: "Disabled", "Max", "Min"'),
        (
            SCALER,
            {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}},
            "must be less than or equal to 3600",
        ),
        (
            SCALER,
            {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 1801}]}}},
            "must be less than or equal to 1800",
        ),
    ],
)
def test_faults(obj: Object, values: dict[str, Any], fault: str) -> None:
    found = lines(obj, {f"spec.{name}": value for name, value in values.items()})
    assert any(fault in line for line in found), found


def test_only_some_of_a_stateful_set_changes() -> None:
    assert change_faults(STATEFUL, changed(STATEFUL, "spec.replicas", 3)) == []
    found = change_faults(STATEFUL, changed(STATEFUL, "spec.serviceName", "t"))
    assert [line.partition(" for fields")[0] for line in found] == ["spec: Forbidden: updates to statefulset spec"]


def test_revisions_keep_their_data() -> None:
    old = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "x"}, "data": {}, "revision": 1}
    assert faults(old) == []
    assert faults(changed(old, "data", None)) == ["data: Required value: data is mandatory"]
    assert faults(changed(old, "revision", -1)) == ["revision: Invalid value: -1: must be greater than or equal to 0"]
    assert [line.endswith("field is immutable") for line in change_faults(old, changed(old, "data", {"a": 1}))] == [
        True
    ]


def test_counts_of_a_budget_are_not_negative() -> None:
    found = status_faults(BUDGET, {**BUDGET, "status": {"expectedPods": -1}})
    assert found == ["status.expectedPods: Invalid value: -1: must be greater than or equal to 0"]
