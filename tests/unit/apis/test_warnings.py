"""Warnings about what is allowed but unwise."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.apis.warnings import warnings
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]


def of(group: str, kind: str, obj: Object, old: Object | None = None) -> list[str]:
    return list(warnings(GroupVersionKind(group, "v1", kind), {"metadata": {"name": "x"}, **obj}, old))


def container(**fields: Any) -> Object:
    return {"spec": {"containers": [{"name": "c", "image": "i", **fields}]}}


@pytest.mark.parametrize(
    ("pod", "warning"),
    [
        (
            container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
            'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
        ),
        (
            container(resources={"limits": {"memory": "100m"}}),
            'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
        ),
        (
            container(ports=[{"containerPort": 80, "protocol": "TCP"}] * 2),
            "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
        ),
        (
            container(
                ports=[
                    {"containerPort": 80, "protocol": "TCP", "hostPort": 80, "hostIP": "10.0.0.1"},
                    {"containerPort": 80, "protocol": "TCP", "hostPort": 80},
                ]
            ),
            "spec.containers[0].ports[1]: dangerously ambiguous port definition with spec.containers[0].ports[0]",
        ),
        (
            {"spec": {"terminationGracePeriodSeconds": -1}},
            "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
        ),
        (
            {"spec": {"nodeSelector": {"beta.kubernetes.io/os": "linux"}}},
            'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
        ),
        (
            {"spec": {"volumes": [{"name": "v", "rbd": {}}]}},
            "spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+",
        ),
    ],
)
def test_pods(pod: Object, warning: str) -> None:
    assert of("", "Pod", pod) == [warning]


@pytest.mark.parametrize(
    "pod",
    [
        container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)/bin"}]),
        container(resources={"limits": {"memory": "1Gi", "cpu": "100m"}}),
        container(ports=[{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 80, "protocol": "UDP"}]),
    ],
)
def test_nothing_is_said_of_good_pods(pod: Object) -> None:
    assert of("", "Pod", pod) == []


def test_paths_lead_into_templates() -> None:
    template = {"spec": {"terminationGracePeriodSeconds": -1}}
    assert of("apps", "Deployment", {"spec": {"template": template}})[0].startswith("spec.template.spec.termination")
    inner = {"jobTemplate": {"spec": {"template": template}}}
    assert of("batch", "CronJob", {"spec": inner})[0].startswith("spec.jobTemplate.spec.template.spec.termination")


def test_names_that_become_host_names() -> None:
    dotted = {"metadata": {"name": "a.b"}}
    recommended = "can result in surprising behavior; a DNS label is recommended: [must not contain dots]"
    assert of("", "Pod", dotted) == [f"metadata.name: this is used in the Pod's hostname, which {recommended}"]
    assert of("batch", "Job", dotted) == [
        f"metadata.name: this is used in Pod names and hostnames, which {recommended}"
    ]


def test_an_update_that_changes_nothing_of_the_spec_is_not_commented() -> None:
    pod = container(resources={"limits": {"memory": "100m"}})
    assert of("", "Pod", pod, pod) == []


@pytest.mark.parametrize(
    ("group", "kind", "obj", "warning"),
    [
        (
            "",
            "Service",
            {"spec": {"externalIPs": ["1.2.3.4"]}},
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        ),
        (
            "discovery.k8s.io",
            "EndpointSlice",
            {"addressType": "FQDN"},
            "spec.addressType: FQDN endpoints are deprecated",
        ),
        (
            "",
            "Secret",
            {"type": "kubernetes.io/tls", "data": {"tls.crt": "eA==", "tls.key": "eA=="}},
            "tls: failed to find any PEM data in certificate input",
        ),
        (
            "",
            "PersistentVolume",
            {"spec": {"cephfs": {}}},
            "spec.cephfs: deprecated in v1.28, non-functional in v1.31+",
        ),
        (
            "",
            "PersistentVolumeClaim",
            {"metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "s"}}},
            "metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; "
            'use "storageClassName" attribute instead',
        ),
    ],
)
def test_other_kinds(group: str, kind: str, obj: Object, warning: str) -> None:
    assert of(group, kind, obj) == [warning]


def test_external_addresses_that_were_there_are_not_mentioned_again() -> None:
    service = {"spec": {"externalIPs": ["1.2.3.4"]}}
    assert of("", "Service", service, service) == []
