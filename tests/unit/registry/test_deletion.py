"""Deletion by steps."""

from __future__ import annotations

from typing import Any

from tests.unit.endpoints.api import Api

PODS = "/api/v1/namespaces/ns/pods"
CONFIG_MAPS = "/api/v1/namespaces/ns/configmaps"
CLAIMS = "/api/v1/namespaces/ns/persistentvolumeclaims"


def pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}], **spec}}


def test_a_pod_without_node_is_marked_and_gone_at_once(api: Api) -> None:
    api.must("POST", PODS, pod())
    deleted = api.must("DELETE", f"{PODS}/p")
    assert deleted["metadata"]["deletionGracePeriodSeconds"] == 0
    assert api.get(f"{PODS}/p").status == 404


def test_a_deletion_can_be_brought_forward_but_not_put_off(api: Api) -> None:
    api.must("POST", PODS, pod(nodeName="n"))
    assert api.must("DELETE", f"{PODS}/p?gracePeriodSeconds=9")["metadata"]["deletionGracePeriodSeconds"] == 9
    assert api.must("DELETE", f"{PODS}/p?gracePeriodSeconds=20")["metadata"]["deletionGracePeriodSeconds"] == 9
    assert api.must("DELETE", f"{PODS}/p?gracePeriodSeconds=4")["metadata"]["deletionGracePeriodSeconds"] == 4
    assert api.must("DELETE", f"{PODS}/p")["metadata"]["deletionGracePeriodSeconds"] == 4
    assert api.must("DELETE", f"{PODS}/p?gracePeriodSeconds=0")["metadata"]["deletionGracePeriodSeconds"] == 0
    assert api.get(f"{PODS}/p").status == 404


def test_a_negative_grace_period_is_a_second(api: Api) -> None:
    api.must("POST", PODS, pod(nodeName="n", terminationGracePeriodSeconds=-5))
    assert api.must("DELETE", f"{PODS}/p")["metadata"]["deletionGracePeriodSeconds"] == 1


def test_a_version_is_asked_for_before_the_mark(api: Api) -> None:
    version = api.must("POST", PODS, pod())["metadata"]["resourceVersion"]
    api.must("DELETE", f"{PODS}/p", {"preconditions": {"resourceVersion": version}})
    assert api.get(f"{PODS}/p").status == 404


def test_a_claim_in_use_is_protected_and_goes_without_another_write(api: Api) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    created = api.must("POST", CLAIMS, {"metadata": {"name": "c"}, "spec": spec})
    assert created["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    marked = api.must("DELETE", f"{CLAIMS}/c")
    emptied = api.patch(f"{CLAIMS}/c", {"metadata": {"finalizers": None}})
    assert emptied.obj["metadata"]["resourceVersion"] == marked["metadata"]["resourceVersion"]
    assert api.get(f"{CLAIMS}/c").status == 404


def test_a_deletion_of_another_object_conflicts(api: Api) -> None:
    uid = api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})["metadata"]["uid"]
    refused = api.request("DELETE", f"{CONFIG_MAPS}/c", {"preconditions": {"uid": "other"}})
    assert refused.obj["message"] == (
        'Operation cannot be fulfilled on ConfigMap "c": the UID in the precondition (other) does not match the UID in '
        f"record ({uid}). The object might have been deleted and then recreated"
    )


def test_an_update_of_another_object_conflicts(api: Api) -> None:
    uid = api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})["metadata"]["uid"]
    for dry in ("", "?dryRun=All"):
        refused = api.request("PUT", f"{CONFIG_MAPS}/c{dry}", {"metadata": {"name": "c", "uid": "other"}})
        assert (refused.status, refused.obj["reason"]) == (409, "Conflict")
        assert refused.obj["message"].endswith(
            "Key: /registry/configmaps/ns/c, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
            f"UID in precondition: other, UID in object meta: {uid}"
        )


def test_a_deleted_collection_is_answered_as_it_was(api: Api) -> None:
    created = api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})
    listed = api.must("DELETE", CONFIG_MAPS)
    assert listed["kind"] == "ConfigMapList"
    assert [item["metadata"]["resourceVersion"] for item in listed["items"]] == [created["metadata"]["resourceVersion"]]
    assert api.get(CONFIG_MAPS).obj["items"] == []


def test_options_of_a_deletion_may_be_yaml(api: Api) -> None:
    api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})
    body = b"kind: DeleteOptions\napiVersion: v1\npropagationPolicy: Orphan\n"
    deleted = api.request("DELETE", f"{CONFIG_MAPS}/c", body, content_type="application/yaml")
    assert deleted.obj["metadata"]["finalizers"] == ["orphan"]


def test_a_namespace_gets_no_grace_period(api: Api) -> None:
    api.must("POST", "/api/v1/namespaces", {"metadata": {"name": "n"}})
    deleted = api.must("DELETE", "/api/v1/namespaces/n")
    assert deleted["status"]["phase"] == "Terminating"
    assert "deletionTimestamp" in deleted["metadata"]
    assert "deletionGracePeriodSeconds" not in deleted["metadata"]


def test_replication_controllers_leave_their_pods_unless_told_otherwise(api: Api) -> None:
    url = "/api/v1/namespaces/ns/replicationcontrollers"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    api.must("POST", url, {"metadata": {"name": "r"}, "spec": {"template": template}})
    assert api.must("DELETE", f"{url}/r")["metadata"]["finalizers"] == ["orphan"]


def test_a_version_that_has_changed(api: Api) -> None:
    version = api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c"}})["metadata"]["resourceVersion"]
    refused = api.request("DELETE", f"{CONFIG_MAPS}/c", {"preconditions": {"resourceVersion": "1"}})
    assert refused.obj["message"].endswith(f"in record ({version}). The object might have been modified")


def test_a_deletion_that_waits_for_dependents_is_accepted(api: Api) -> None:
    api.must("POST", CONFIG_MAPS, {"metadata": {"name": "c", "finalizers": ["a.b/c"]}})
    assert api.request("DELETE", f"{CONFIG_MAPS}/c", {"orphanDependents": False}).status == 202
    assert api.request("DELETE", f"{CONFIG_MAPS}/c").status == 200
