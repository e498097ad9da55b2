"""What the strategies of single kinds do to objects."""

from __future__ import annotations

import base64
from typing import Any

from tests.unit.endpoints.api import Api

Object = dict[str, Any]

TEMPLATE: Object = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
WORKLOAD: Object = {"metadata": {"name": "w"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}}
DAEMON_SETS = "/apis/apps/v1/namespaces/ns/daemonsets"
DEPLOYMENTS = "/apis/apps/v1/namespaces/ns/deployments"
JOBS = "/apis/batch/v1/namespaces/ns/jobs"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"


def test_the_template_of_a_daemon_set_has_a_generation(api: Api) -> None:
    created = api.must("POST", DAEMON_SETS, WORKLOAD)
    assert created["metadata"]["annotations"] == {TEMPLATE_GENERATION: "1"}
    scaled = api.patch(f"{DAEMON_SETS}/w", {"spec": {"minReadySeconds": 3}}).obj
    assert scaled["metadata"]["annotations"] == {TEMPLATE_GENERATION: "1"}
    changed = api.patch(f"{DAEMON_SETS}/w", {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}).obj
    assert changed["metadata"]["annotations"] == {TEMPLATE_GENERATION: "2"}


def test_a_client_cannot_set_the_generation_of_a_template(api: Api) -> None:
    api.must("POST", DAEMON_SETS, WORKLOAD)
    changed = api.patch(f"{DAEMON_SETS}/w", {"metadata": {"annotations": {TEMPLATE_GENERATION: "7"}}}).obj
    assert changed["metadata"]["annotations"] == {TEMPLATE_GENERATION: "1"}


def test_annotations_of_a_deployment_are_part_of_what_is_wanted(api: Api) -> None:
    api.must("POST", DEPLOYMENTS, WORKLOAD)
    assert api.patch(f"{DEPLOYMENTS}/w", {"metadata": {"labels": {"x": "y"}}}).obj["metadata"]["generation"] == 1
    annotated: Object = {"metadata": {"annotations": {"x": "y"}}}
    assert api.patch(f"{DEPLOYMENTS}/w", annotated).obj["metadata"]["generation"] == 2
    annotated["metadata"]["annotations"]["x"] = "z"
    assert api.patch(f"{DEPLOYMENTS}/w/status", annotated).obj["metadata"]["generation"] == 2


def test_labels_of_a_deployment_are_not_changed_with_its_status(api: Api) -> None:
    api.must("POST", DEPLOYMENTS, WORKLOAD)
    written = api.patch(f"{DEPLOYMENTS}/w/status", {"metadata": {"labels": {"x": "y"}}, "status": {"replicas": 1}})
    assert "labels" not in written.obj["metadata"]
    assert written.obj["status"] == {"replicas": 1}


REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"


def signing_request(api: Api, **spec: Any) -> Object:
    request = base64.b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n").decode()
    spec |= {"request": request, "signerName": "e.com/s", "usages": ["client auth"]}
    return api.must("POST", REQUESTS, {"metadata": {"name": "r"}, "spec": spec})


def test_a_signing_request_says_who_asks_whatever_it_says(api: Api) -> None:
    created = signing_request(api, username="admin", extra={"a": []})
    assert created["spec"]["username"] == "jane"
    assert (created["spec"]["uid"], created["spec"]["groups"]) == ("uid-1", ["developers"])
    assert "extra" not in created["spec"]


def test_who_approves_does_not_sign(api: Api) -> None:
    signing_request(api)
    approved = {"type": "Approved", "status": "True", "reason": "Me"}
    certificate = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
    answer = api.patch(f"{REQUESTS}/r/approval", {"status": {"conditions": [approved], "certificate": certificate}})
    assert "certificate" not in answer.obj["status"]
    (condition,) = answer.obj["status"]["conditions"]
    assert condition["lastUpdateTime"] == condition["lastTransitionTime"]
    taken_back = api.patch(f"{REQUESTS}/r/approval", {"status": {"conditions": []}})
    assert taken_back.status == 422


def test_who_signs_does_not_decide(api: Api) -> None:
    signing_request(api)
    approved = {"type": "Approved", "status": "True", "reason": "Me"}
    api.patch(f"{REQUESTS}/r/approval", {"status": {"conditions": [approved]}})
    certificate = base64.b64encode(b"-----BEGIN CERTIFICATE-----\n").decode()
    status = {"conditions": [{**approved, "reason": "Other"}], "certificate": certificate}
    signed = api.patch(f"{REQUESTS}/r/status", {"status": status}).obj["status"]
    assert signed["certificate"] == certificate
    assert [condition["reason"] for condition in signed["conditions"]] == ["Me"]


def test_the_owners_of_a_pod_are_not_changed_with_its_status(api: Api) -> None:
    url = "/api/v1/namespaces/ns/pods"
    owner = {"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}
    api.must("POST", url, {"metadata": {"name": "p", "ownerReferences": [owner]}, "spec": TEMPLATE["spec"]})
    body = {"metadata": {"ownerReferences": None, "labels": {"a": "b"}}, "status": {"message": "m"}}
    changed = api.patch(f"{url}/p/status", body).obj
    assert changed["metadata"]["ownerReferences"] == [owner]
    assert (changed["metadata"]["labels"], changed["status"]["message"]) == ({"a": "b"}, "m")


def test_a_volume_knows_since_when_it_has_its_phase(api: Api) -> None:
    url = "/api/v1/persistentvolumes"
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}
    created = api.must("POST", url, {"metadata": {"name": "v"}, "spec": spec})
    began = created["status"]["lastPhaseTransitionTime"]
    assert created["status"]["phase"] == "Pending"
    api.clock.advance(60)
    told = api.patch(f"{url}/v/status", {"status": {"message": "m"}}).obj
    assert told["status"]["lastPhaseTransitionTime"] == began
    bound = api.patch(f"{url}/v/status", {"status": {"phase": "Bound"}}).obj
    assert bound["status"]["lastPhaseTransitionTime"] > began


def test_a_node_is_created_with_its_status(api: Api) -> None:
    status = {"capacity": {"cpu": "2"}}
    created = api.must("POST", "/api/v1/nodes", {"metadata": {"name": "n"}, "status": status})
    assert created["status"]["capacity"] == created["status"]["allocatable"] == {"cpu": "2"}
    assert created["status"]["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 0}}


def test_a_limit_range_without_a_name_gets_one(api: Api) -> None:
    created = api.must("POST", "/api/v1/namespaces/ns/limitranges", {"spec": {"limits": []}})
    assert len(created["metadata"]["name"]) == 36


def test_a_job_warns_that_its_pods_stay(api: Api) -> None:
    spec = {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}
    api.must("POST", JOBS, {"metadata": {"name": "j"}, "spec": spec})
    deleted = api.request("DELETE", f"{JOBS}/j")
    assert deleted.obj["metadata"]["finalizers"] == ["orphan"]
    assert deleted.warnings[0].startswith("child pods are preserved by default when jobs are deleted")


def test_a_job_goes_silently_when_it_is_said_what_becomes_of_its_pods(api: Api) -> None:
    spec = {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}
    api.must("POST", JOBS, {"metadata": {"name": "j"}, "spec": spec})
    deleted = api.request("DELETE", f"{JOBS}/j?propagationPolicy=Background")
    assert (deleted.obj["kind"], deleted.warnings) == ("Status", [])


def test_what_is_generated_into_a_jobs_template_is_its_own_too(api: Api) -> None:
    spec = {"template": {**TEMPLATE, "spec": {**TEMPLATE["spec"], "restartPolicy": "Never"}}}
    created = api.must("POST", JOBS, {"metadata": {"name": "j"}, "spec": spec})
    assert created["metadata"]["labels"] == created["spec"]["template"]["metadata"]["labels"]
    assert created["metadata"]["labels"]["job-name"] == "j"
    assert created["spec"]["manualSelector"] is False


def test_a_headless_service_without_selector_is_at_home_in_both_families(api: Api) -> None:
    created = api.must(
        "POST", "/api/v1/namespaces/ns/services", {"metadata": {"name": "s"}, "spec": {"clusterIP": "None"}}
    )
    assert created["spec"]["ipFamilyPolicy"] == "RequireDualStack"
    assert created["spec"]["ipFamilies"] == ["IPv4", "IPv6"]


def test_policies_keep_their_metadata_when_their_status_is_written(api: Api) -> None:
    url = "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"
    api.must("POST", url, {"metadata": {"name": "f"}, "spec": {"priorityLevelConfiguration": {"name": "p"}}})
    written = api.patch(f"{url}/f/status", {"metadata": {"labels": {"x": "y"}}})
    assert "labels" not in written.obj["metadata"]
