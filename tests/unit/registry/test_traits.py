"""Where objects are stored, and what strategies say in a word."""

from __future__ import annotations

import pytest

from mini_server.registry.traits import storage_prefix
from pykubectl.machinery.schema import GroupVersionResource
from tests.unit.endpoints.api import Api


@pytest.mark.parametrize(
    ("group", "resource", "prefix"),
    [
        ("", "pods", "/registry/pods"),
        ("", "nodes", "/registry/minions"),
        ("", "services", "/registry/services/specs"),
        ("", "endpoints", "/registry/services/endpoints"),
        ("", "replicationcontrollers", "/registry/controllers"),
        ("apps", "deployments", "/registry/deployments"),
        ("networking.k8s.io", "ingresses", "/registry/ingress"),
        (
            "apiextensions.k8s.io",
            "customresourcedefinitions",
            "/registry/apiextensions.k8s.io/customresourcedefinitions",
        ),
    ],
)
def test_prefixes_are_upstreams(group: str, resource: str, prefix: str) -> None:
    assert storage_prefix(GroupVersionResource(group, "v1", resource)) == prefix


CLASS = {"metadata": {"name": "c"}, "value": 5}


def test_a_priority_class_stays_in_its_first_generation(api: Api) -> None:
    url = "/apis/scheduling.k8s.io/v1/priorityclasses"
    assert api.must("POST", url, CLASS)["metadata"]["generation"] == 1
    assert api.patch(f"{url}/c", {"description": "d"}).obj["metadata"]["generation"] == 1


def test_generations_count_changes_of_what_is_wanted(api: Api) -> None:
    url = "/api/v1/namespaces/ns/podtemplates"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    assert api.must("POST", url, {"metadata": {"name": "t"}, "template": template})["metadata"]["generation"] == 1
    assert api.patch(f"{url}/t", {"metadata": {"labels": {"x": "y"}}}).obj["metadata"]["generation"] == 1
    labels = {"template": {"metadata": {"labels": {"a": "c"}}}}
    assert api.patch(f"{url}/t", labels).obj["metadata"]["generation"] == 2


@pytest.mark.parametrize(
    ("url", "body", "kind"),
    [
        ("/api/v1/namespaces/ns/configmaps", {}, "Status"),
        ("/api/v1/namespaces/ns/limitranges", {"spec": {"limits": []}}, "Status"),
        ("/api/v1/namespaces/ns/serviceaccounts", {}, "ServiceAccount"),
        ("/api/v1/namespaces/ns/resourcequotas", {}, "ResourceQuota"),
        ("/apis/storage.k8s.io/v1/storageclasses", {"provisioner": "p"}, "StorageClass"),
    ],
)
def test_a_deletion_answers_with_the_object_or_a_status(api: Api, url: str, body: dict[str, str], kind: str) -> None:
    api.must("POST", url, {"metadata": {"name": "x"}, **body})
    assert api.must("DELETE", f"{url}/x")["kind"] == kind
    assert api.get(f"{url}/x").status == 404
