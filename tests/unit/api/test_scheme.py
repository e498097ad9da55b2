"""The scheme of the built-in kinds: all of them, each as its class."""

from __future__ import annotations

import pytest

from mini_server.apis.scheme import server_scheme
from pykubectl.api import apps_v1
from pykubectl.api.resources import GROUPS, RESOURCES
from pykubectl.api.scheme import builtin_codecs, builtin_scheme
from pykubectl.machinery.schema import GroupVersion, GroupVersionKind


@pytest.mark.parametrize("kind", builtin_scheme().kinds(), ids=str)
def test_every_kind_can_be_made_written_and_read(kind: GroupVersionKind) -> None:
    scheme, serializer = builtin_scheme(), builtin_codecs(strict=True).serializer("application/json")
    obj = scheme.new(kind)
    assert scheme.kind_of(obj) == kind
    assert serializer.decode(serializer.encode(obj)) == (obj, kind)


def test_every_served_kind_is_there() -> None:
    kinds = {resource.gvk for resource in RESOURCES}
    assert [str(kind) for kind in kinds if not builtin_scheme().recognizes(kind)] == []
    assert [str(kind) for kind in kinds if not server_scheme().recognizes(kind)] == []


def test_versions_are_in_the_order_of_the_server() -> None:
    scheme = builtin_scheme()
    for group, versions in GROUPS.items():
        assert scheme.prioritized_versions(group)[: len(versions)] == [GroupVersion(group, v) for v in versions]
    assert GroupVersion("autoscaling", "v2") in scheme.preferred_versions()


def test_status_has_no_version() -> None:
    scheme = builtin_scheme()
    assert scheme.is_unversioned(GroupVersionKind("", "v1", "Status"))
    assert not scheme.is_unversioned(scheme.kind_of(apps_v1.Deployment))


def test_the_server_converts_what_it_stores_in_another_version() -> None:
    scheme = server_scheme()
    old = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "a"}}
    old["spec"] = {"maxReplicas": 3, "targetCPUUtilizationPercentage": 80}
    new = scheme.convert(old, GroupVersion("autoscaling", "v2"))
    assert new["apiVersion"] == "autoscaling/v2"
    assert new["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 80
    assert scheme.convert(new, GroupVersion("autoscaling", "v1"))["spec"] == old["spec"]


def test_the_server_fills_in_defaults() -> None:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {}}
    server_scheme().default(deployment)
    assert deployment["spec"]["replicas"] == 1  # type: ignore[index]
