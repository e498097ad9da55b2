"""Evictions, and the budgets that they are paid from."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.endpoints.api import Answer, Api, Object

PODS = "/api/v1/namespaces/ns/pods"
BUDGETS = "/apis/policy/v1/namespaces/ns/poddisruptionbudgets"
READY = {"type": "Ready", "status": "True"}


def running(api: Api, *conditions: Object, phase: str = "Running") -> None:
    spec = {"containers": [{"name": "c", "image": "i"}], "nodeName": "n"}
    api.must("POST", PODS, {"metadata": {"name": "p", "labels": {"a": "b"}}, "spec": spec})
    assert api.patch(f"{PODS}/p/status", {"status": {"phase": phase, "conditions": list(conditions)}}).status == 200


def budget(api: Api, name: str = "b", *, seen: int = 1, policy: str | None = None, **status: int) -> None:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"a": "b"}}, "unhealthyPodEvictionPolicy": policy}
    api.must("POST", BUDGETS, {"metadata": {"name": name}, "spec": spec})
    assert api.patch(f"{BUDGETS}/{name}/status", {"status": {"observedGeneration": seen, **status}}).status == 200


def evict(api: Api, query: str = "", name: str = "p", **fields: Any) -> Answer:
    return api.post(f"{PODS}/p/eviction{query}", {"metadata": {"name": name}, **fields})


def cause(answer: Answer) -> str:
    return str(answer.obj["details"]["causes"][0]["message"])


def test_an_evicted_pod_says_why_it_goes(api: Api) -> None:
    running(api, READY)
    assert evict(api).obj["status"] == "Success"
    pod = api.must("GET", f"{PODS}/p")
    assert pod["metadata"]["deletionTimestamp"]
    target = pod["status"]["conditions"][1]
    assert (target["type"], target["reason"]) == ("DisruptionTarget", "EvictionByEvictionAPI")


def test_an_eviction_is_paid_from_the_budget(api: Api) -> None:
    running(api, READY)
    budget(api, disruptionsAllowed=1, currentHealthy=2, desiredHealthy=1)
    assert evict(api).status == 201
    status = api.must("GET", f"{BUDGETS}/b")["status"]
    assert status["disruptionsAllowed"] == 0
    assert list(status["disruptedPods"]) == ["p"]


@pytest.mark.parametrize("query, fields", [("?dryRun=All", {}), ("", {"deleteOptions": {"dryRun": ["All"]}})])
def test_a_dry_run_takes_nothing(api: Api, query: str, fields: Object) -> None:
    running(api, READY)
    budget(api, disruptionsAllowed=1)
    before = api.must("GET", f"{PODS}/p")
    assert evict(api, query, **fields).status == 201
    assert api.must("GET", f"{PODS}/p") == before
    assert api.must("GET", f"{BUDGETS}/b")["status"]["disruptionsAllowed"] == 1


@pytest.mark.parametrize("query", ["", "?dryRun=All"])
def test_no_disruption_is_allowed(api: Api, query: str) -> None:
    running(api, READY)
    budget(api, currentHealthy=1, desiredHealthy=1)
    refused = evict(api, query)
    assert (refused.status, cause(refused)) == (429, "The disruption budget b needs 1 healthy pods and has 1 currently")


def test_a_budget_that_nobody_has_looked_at(api: Api) -> None:
    running(api, READY)
    budget(api, seen=0, disruptionsAllowed=5)
    refused = evict(api)
    assert cause(refused) == "The disruption budget b is still being processed by the server."
    assert refused.headers["Retry-After"] == "10"


def test_several_budgets(api: Api) -> None:
    running(api, READY)
    budget(api, "b", disruptionsAllowed=1)
    budget(api, "c", disruptionsAllowed=1)
    refused = evict(api)
    assert refused.status == 500
    assert refused.obj["message"].startswith("This pod has more than one PodDisruptionBudget")


@pytest.mark.parametrize(
    ("policy", "healthy", "code"),
    [("AlwaysAllow", 0, 201), (None, 1, 201), (None, 0, 429), ("IfHealthyBudget", 0, 429)],
)
def test_pods_that_are_not_healthy(api: Api, policy: str | None, healthy: int, code: int) -> None:
    running(api)
    budget(api, policy=policy, currentHealthy=healthy, desiredHealthy=1)
    assert evict(api).status == code


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_pods_that_run_not_disturb_nobody(api: Api, phase: str) -> None:
    running(api, phase=phase)
    budget(api)
    assert evict(api).status == 201
    assert api.must("GET", f"{BUDGETS}/b")["status"].get("disruptedPods") is None


def test_preconditions_hold(api: Api) -> None:
    running(api, READY)
    version = api.must("GET", f"{PODS}/p")["metadata"]["resourceVersion"]
    assert evict(api, deleteOptions={"preconditions": {"uid": "other"}}).status == 409
    assert evict(api, deleteOptions={"preconditions": {"resourceVersion": "1"}}).status == 409
    assert evict(api, deleteOptions={"preconditions": {"resourceVersion": version}}).status == 201


def test_options_that_do_not_fit(api: Api) -> None:
    running(api, READY)
    refused = evict(api, deleteOptions={"propagationPolicy": "X"})
    assert (refused.status, refused.obj["details"]["kind"]) == (422, "DeleteOptions")


def test_names_fit(api: Api) -> None:
    running(api, READY)
    assert evict(api, name="q").obj["message"] == "name in URL does not match name in Eviction object"
    elsewhere = api.post(f"{PODS}/p/eviction", {"metadata": {"name": "p", "namespace": "other"}})
    assert elsewhere.obj["message"].startswith("the namespace of the provided object does not match")
    assert api.post(f"{PODS}/q/eviction", {"metadata": {"name": "q"}}).status == 404


def test_the_grace_period_is_the_evictions(api: Api) -> None:
    running(api, READY)
    evict(api, deleteOptions={"gracePeriodSeconds": 7})
    assert api.must("GET", f"{PODS}/p")["metadata"]["deletionGracePeriodSeconds"] == 7
