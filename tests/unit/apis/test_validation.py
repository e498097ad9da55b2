"""Names, and the order of faults."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.apis.metadata import validate_metadata
from pykubectl.machinery.schema import GroupVersionKind
from tests.unit.endpoints.api import Api

Object = dict[str, Any]


@pytest.mark.parametrize(
    ("group", "kind", "name", "valid"),
    [
        ("", "Service", "1abc", True),
        ("", "Pod", "a.b", True),
        ("apps", "StatefulSet", "a.b", False),
        ("", "Event", "Bad_Name!", True),
        ("policy", "PodDisruptionBudget", "Bad_Name!", True),
        ("policy", "PodDisruptionBudget", "a/b", False),
        ("networking.k8s.io", "IPAddress", "192.168.1.1", True),
        ("networking.k8s.io", "IPAddress", "host", False),
    ],
)
def test_names(group: str, kind: str, name: str, valid: bool) -> None:
    assert (validate_metadata(GroupVersionKind(group, "v1", kind), {"name": name}) == []) is valid


def test_the_name_of_an_api_service_follows_from_its_spec(api: Api) -> None:
    spec = {"group": "e.com", "version": "v1", "groupPriorityMinimum": 1, "versionPriority": 1}
    refused = api.post("/apis/apiregistration.k8s.io/v1/apiservices", {"metadata": {"name": "x"}, "spec": spec})
    assert refused.obj["details"]["causes"][0]["message"].endswith('must be `spec.version+"."+spec.group`: "v1.e.com"')


def test_faults_of_the_object_come_before_those_of_the_change(api: Api) -> None:
    url = "/apis/apps/v1/namespaces/ns/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    api.must("POST", url, {"metadata": {"name": "d"}, "spec": spec})
    refused = api.request("PUT", f"{url}/d", {"metadata": {"name": "d"}})
    causes = [(cause["field"], cause["message"]) for cause in refused.obj["details"]["causes"]]
    assert causes[0] == ("spec.selector", "Required value")
    assert causes[-1] == ("spec.selector", "Invalid value: null: field is immutable")


def test_only_a_load_balancer_has_addresses_of_one(api: Api) -> None:
    url = "/api/v1/namespaces/ns/services"
    api.must("POST", url, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})
    refused = api.patch(f"{url}/s/status", {"status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}})
    assert refused.obj["details"]["causes"][0]["field"] == "status.loadBalancer.ingress"


def test_a_volume_at_fault_cannot_be_mounted(api: Api) -> None:
    volumes = [{"name": "v", "secret": {"secretName": "s"}, "emptyDir": {}}]
    container = {"name": "c", "image": "i", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}
    spec = {"containers": [container], "volumes": volumes}
    refused = api.post("/api/v1/namespaces/ns/pods", {"metadata": {"name": "p"}, "spec": spec})
    assert [cause["reason"] for cause in refused.obj["details"]["causes"]] == [
        "FieldValueForbidden",
        "FieldValueNotFound",
    ]


def test_what_is_empty_is_left_out_as_go_leaves_it_out(api: Api) -> None:
    meta: Object = {"name": "c", "labels": {}, "finalizers": []}
    created = api.must("POST", "/api/v1/namespaces/ns/configmaps", {"metadata": meta, "data": {}})
    assert "data" not in created
    assert {"labels", "finalizers"}.isdisjoint(created["metadata"])


def test_times_that_are_no_pointers_are_null(api: Api) -> None:
    url = "/api/v1/namespaces/ns/pods"
    api.must("POST", url, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    written = api.patch(f"{url}/p/status", {"status": {"conditions": [condition]}})
    assert written.obj["status"]["conditions"] == [{**condition, "lastProbeTime": None}]
