"""Defaults that depend on other fields."""

from __future__ import annotations

from typing import Any

import pytest

from mini_server.apis.scheme import server_scheme
from pykubectl.machinery.schema import GroupVersionKind

Object = dict[str, Any]


def defaulted(group: str, version: str, kind: str, spec: Object) -> Object:
    obj: Object = {"metadata": {"name": "x"}, "spec": spec}
    server_scheme().default(obj, GroupVersionKind(group, version, kind))
    result: Object = obj["spec"]
    return result


@pytest.mark.parametrize(("limit", "expected"), [(None, 6), (1, 2**31 - 1)])
def test_a_limit_for_each_index_lifts_the_one_for_all(limit: int | None, expected: int) -> None:
    spec: Object = {} if limit is None else {"backoffLimitPerIndex": limit}
    assert defaulted("batch", "v1", "Job", spec)["backoffLimit"] == expected


def test_both_data_sources_say_the_same() -> None:
    source = {"kind": "PersistentVolumeClaim", "name": "s"}
    for given in ("dataSource", "dataSourceRef"):
        spec = defaulted("", "v1", "PersistentVolumeClaim", {given: dict(source)})
        assert spec["dataSource"] == spec["dataSourceRef"] == {**source, "apiGroup": None}


def test_a_data_source_of_another_namespace_has_no_older_form() -> None:
    source = {"kind": "PersistentVolumeClaim", "name": "s", "namespace": "other"}
    assert "dataSource" not in defaulted("", "v1", "PersistentVolumeClaim", {"dataSourceRef": source})


def test_behavior_of_an_autoscaler_is_completed_where_it_is_given() -> None:
    assert "behavior" not in defaulted("autoscaling", "v2", "HorizontalPodAutoscaler", {})
    given: Object = {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 60}}}
    behavior = defaulted("autoscaling", "v2", "HorizontalPodAutoscaler", given)["behavior"]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] == 60
    assert behavior["scaleDown"]["selectPolicy"] == behavior["scaleUp"]["selectPolicy"] == "Max"
    assert len(behavior["scaleUp"]["policies"]) == 2


def test_requests_for_devices_ask_for_one() -> None:
    requests = [{"name": "r", "exactly": {"deviceClassName": "c"}}]
    spec = defaulted("resource.k8s.io", "v1", "ResourceClaim", {"devices": {"requests": requests}})
    exactly = spec["devices"]["requests"][0]["exactly"]
    assert (exactly["allocationMode"], exactly["count"]) == ("ExactCount", 1)


def test_priority_levels_share() -> None:
    kind = ("flowcontrol.apiserver.k8s.io", "v1", "PriorityLevelConfiguration")
    limited = defaulted(*kind, {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": {}}}})[
        "limited"
    ]
    assert (limited["nominalConcurrencyShares"], limited["lendablePercent"]) == (30, 0)
    assert limited["limitResponse"]["queuing"] == {"handSize": 8, "queues": 64, "queueLengthLimit": 50}
