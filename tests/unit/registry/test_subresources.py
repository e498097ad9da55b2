"""What is written by its own door: status, scale, binding, ephemeral containers, finalizers of namespaces."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.endpoints.api import Answer, Api, Object

PODS = "/api/v1/namespaces/ns/pods"
DEPLOYMENTS = "/apis/apps/v1/namespaces/ns/deployments"
CONTROLLERS = "/api/v1/namespaces/ns/replicationcontrollers"
NAMESPACES = "/api/v1/namespaces"
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
DEPLOYMENT = {
    "metadata": {"name": "d"},
    "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE},
}


def pod(**spec: Any) -> Object:
    return {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}], **spec}}


def first_cause(answer: Answer) -> str:
    cause = answer.obj["details"]["causes"][0]
    return f"{cause['field']}: {cause['message']}"


# Status


def test_status_and_spec_are_written_apart(api: Api) -> None:
    api.must("POST", DEPLOYMENTS, {**DEPLOYMENT, "status": {"replicas": 9}})
    assert api.must("GET", f"{DEPLOYMENTS}/d")["status"] == {}
    both = {"spec": {"replicas": 5}, "status": {"replicas": 5}}
    by_status = api.patch(f"{DEPLOYMENTS}/d/status", both).obj
    assert (by_status["spec"]["replicas"], by_status["status"]["replicas"]) == (2, 5)
    by_spec = api.patch(f"{DEPLOYMENTS}/d", {"spec": {"replicas": 3}, "status": {"replicas": 7}}).obj
    assert (by_spec["spec"]["replicas"], by_spec["status"]["replicas"]) == (3, 5)


def test_the_status_is_read_as_the_whole(api: Api) -> None:
    created = api.must("POST", DEPLOYMENTS, DEPLOYMENT)
    assert api.must("GET", f"{DEPLOYMENTS}/d/status") == created


def test_the_status_of_nothing(api: Api) -> None:
    assert api.patch(f"{DEPLOYMENTS}/d/status", {"status": {}}).status == 404
    assert api.get("/api/v1/namespaces/ns/configmaps/c/status").status == 404


# Scale


def test_a_scale_shows_what_is_wanted_and_what_is_there(api: Api) -> None:
    created = api.must("POST", DEPLOYMENTS, DEPLOYMENT)
    scale = api.must("GET", f"{DEPLOYMENTS}/d/scale")
    assert (scale["kind"], scale["apiVersion"]) == ("Scale", "autoscaling/v1")
    assert scale["spec"] == {"replicas": 2}
    assert scale["status"] == {"replicas": 0, "selector": "a=b"}
    assert scale["metadata"]["uid"] == created["metadata"]["uid"]


def test_a_scale_changes_the_number_alone(api: Api) -> None:
    api.must("POST", DEPLOYMENTS, DEPLOYMENT)
    scale = api.must("GET", f"{DEPLOYMENTS}/d/scale")
    scale["spec"]["replicas"] = 4
    assert api.must("PUT", f"{DEPLOYMENTS}/d/scale", scale)["spec"] == {"replicas": 4}
    stored = api.must("GET", f"{DEPLOYMENTS}/d")
    assert (stored["spec"]["replicas"], stored["metadata"]["generation"]) == (4, 2)
    assert api.request("PUT", f"{DEPLOYMENTS}/d/scale", scale).status == 409
    assert api.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 0}}).obj["spec"] == {}
    refused = api.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": -1}})
    assert first_cause(refused) == "spec.replicas: Invalid value: -1: must be greater than or equal to 0"


def test_a_dry_run_of_a_scale(api: Api) -> None:
    api.must("POST", DEPLOYMENTS, DEPLOYMENT)
    body = {"metadata": {"name": "d"}, "spec": {"replicas": 4}}
    assert api.must("PUT", f"{DEPLOYMENTS}/d/scale?dryRun=All", body)["spec"] == {"replicas": 4}
    assert api.must("GET", f"{DEPLOYMENTS}/d")["spec"]["replicas"] == 2


def test_the_selector_of_a_controller_is_a_map(api: Api) -> None:
    spec = {"selector": {"a": "b"}, "template": TEMPLATE}
    api.must("POST", CONTROLLERS, {"metadata": {"name": "r"}, "spec": spec})
    assert api.must("GET", f"{CONTROLLERS}/r/scale")["status"]["selector"] == "a=b"


def test_the_scale_of_nothing(api: Api) -> None:
    assert api.get(f"{DEPLOYMENTS}/d/scale").status == 404
    assert api.patch(f"{DEPLOYMENTS}/d/scale", {"spec": {"replicas": 1}}).obj["message"] == (
        'deployments.apps "d" not found'
    )


# Pods


def test_a_pod_is_bound_once(api: Api) -> None:
    api.must("POST", PODS, pod())
    target = {"metadata": {"name": "p", "annotations": {"a": "b"}}, "target": {"kind": "Node", "name": "n"}}
    api.must("POST", f"{PODS}/p/binding", target)
    bound = api.must("GET", f"{PODS}/p")
    assert (bound["spec"]["nodeName"], bound["metadata"]["annotations"]) == ("n", {"a": "b"})
    assert [c["type"] for c in bound["status"]["conditions"]] == ["PodScheduled"]
    again = api.post(f"{PODS}/p/binding", target)
    assert again.obj["message"].endswith('pod p is already assigned to node "n"')


@pytest.mark.parametrize(
    ("target", "fault"),
    [
        ({}, "target.name: Required value"),
        ({"kind": "Pod", "name": "n"}, 'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"'),
    ],
)
def test_what_a_pod_can_be_bound_to(api: Api, target: Object, fault: str) -> None:
    api.must("POST", PODS, pod())
    refused = api.post(f"{PODS}/p/binding", {"metadata": {"name": "p"}, "target": target})
    assert first_cause(refused) == fault


def test_pods_with_gates_or_on_their_way_out_are_not_bound(api: Api) -> None:
    api.must("POST", PODS, pod(schedulingGates=[{"name": "a.b/c"}]))
    target = {"metadata": {"name": "p"}, "target": {"name": "n"}}
    assert "non-empty .spec.schedulingGates" in api.post(f"{PODS}/p/binding", target).obj["message"]
    api.must("DELETE", f"{PODS}/p")
    api.must("POST", PODS, {**pod(), "metadata": {"name": "p", "finalizers": ["a.b/c"]}})
    api.must("DELETE", f"{PODS}/p")
    assert "is being deleted, cannot be assigned" in api.post(f"{PODS}/p/binding", target).obj["message"]


def test_containers_are_added_to_a_running_pod(api: Api) -> None:
    api.must("POST", PODS, pod())
    extra = {"name": "e", "image": "j"}
    url = f"{PODS}/p/ephemeralcontainers"
    added = api.patch(url, {"spec": {"ephemeralContainers": [extra]}}, "strategic-merge-patch+json")
    assert added.obj["spec"]["ephemeralContainers"][0]["image"] == "j"
    changed = api.patch(url, {"spec": {"ephemeralContainers": [{**extra, "image": "k"}]}}, "strategic-merge-patch+json")
    assert first_cause(changed).startswith("spec.ephemeralContainers")
    assert api.patch(f"{PODS}/p", {"spec": {"ephemeralContainers": []}}).status == 422


def test_resources_of_a_running_pod_change_by_resize_alone(api: Api) -> None:
    resources = {"requests": {"cpu": "100m"}, "limits": {"cpu": "100m"}}
    api.must("POST", PODS, pod(containers=[{"name": "c", "image": "i", "resources": resources}]))
    more = {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "200m"}, "limits": {"cpu": "1"}}}]}}
    assert api.patch(f"{PODS}/p", more, "strategic-merge-patch+json").status == 422
    resized = api.patch(f"{PODS}/p/resize", more, "strategic-merge-patch+json")
    assert resized.obj["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "200m"}
    image = {"spec": {"containers": [{"name": "c", "image": "other"}]}}
    other = api.patch(f"{PODS}/p/resize", image, "strategic-merge-patch+json")
    assert other.obj["spec"]["containers"][0]["image"] == "i"


# Namespaces


def test_a_namespace_goes_when_its_finalizer_does(api: Api) -> None:
    created = api.must("POST", NAMESPACES, {"metadata": {"name": "n"}})
    assert created["spec"]["finalizers"] == ["kubernetes"]
    assert created["status"] == {"phase": "Active"}
    marked = api.must("DELETE", f"{NAMESPACES}/n")
    assert marked["status"]["phase"] == "Terminating"
    emptied = api.must("PUT", f"{NAMESPACES}/n/finalize", {"metadata": {"name": "n"}, "spec": {"finalizers": []}})
    assert "finalizers" not in emptied["spec"]
    assert api.get(f"{NAMESPACES}/n").status == 404


def test_finalizers_of_a_namespace_have_names(api: Api) -> None:
    api.must("POST", NAMESPACES, {"metadata": {"name": "n"}})
    refused = api.request(
        "PUT", f"{NAMESPACES}/n/finalize", {"metadata": {"name": "n"}, "spec": {"finalizers": ["a b"]}}
    )
    assert first_cause(refused).startswith('spec.finalizers[0]: Invalid value: "a b"')
    stale = {"metadata": {"name": "n", "resourceVersion": "1"}, "spec": {"finalizers": []}}
    assert api.request("PUT", f"{NAMESPACES}/n/finalize", stale).status == 409
