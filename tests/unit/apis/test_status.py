"""The status that objects begin with."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.apis.status import empty_status
from pykubectl.machinery.schema import GroupVersionKind


@pytest.mark.parametrize(
    ("group", "version", "kind", "status"),
    [
        ("apps", "v1", "Deployment", {}),
        ("apps", "v1", "ReplicaSet", {"replicas": 0}),
        ("apps", "v1", "StatefulSet", {"replicas": 0, "availableReplicas": 0}),
        ("", "v1", "Service", {"loadBalancer": {}}),
        ("", "v1", "PersistentVolumeClaim", {"phase": "Pending"}),
        ("autoscaling", "v2", "HorizontalPodAutoscaler", {"desiredReplicas": 0, "currentMetrics": None}),
        ("storage.k8s.io", "v1", "VolumeAttachment", {"attached": False}),
        ("", "v1", "ConfigMap", None),
    ],
)
def test_empty_statuses(group: str, version: str, kind: str, status: dict[str, Any] | None) -> None:
    assert empty_status(GroupVersionKind(group, version, kind)) == status


def test_a_status_is_given_out_for_good() -> None:
    kind = GroupVersionKind("", "v1", "Service")
    first = empty_status(kind)
    assert first is not None
    first["loadBalancer"]["ingress"] = []
    assert empty_status(kind) == {"loadBalancer": {}}
