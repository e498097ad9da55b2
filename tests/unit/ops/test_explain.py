"""``explain``: from ``TYPE.FIELD`` to a resource and a path, and what is said where there is none."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.cli.errors import CommandError
from pykubectl.machinery.mapper import NoMatch, RESTMapper
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.ops.explain import explanation, resource_and_path
from tests.support.canned_api import DISCOVERY

PODS = GroupVersionResource("", "v1", "pods")
DEPLOYMENTS = GroupVersionResource("apps", "v1", "deployments")
WIDGETS = GroupVersionResource("x.y", "v1", "widgets")


def mapper() -> RESTMapper:
    lists = [DISCOVERY[path] for path in ("/api/v1", "/apis/apps/v1", "/apis/x.y/v1")]
    version = {"groupVersion": "v1", "version": "v1"}
    core = {"name": "", "versions": [version], "preferredVersion": version}
    return RESTMapper(lambda fresh: ([core, *DISCOVERY["/apis"]["groups"]], lists))


@pytest.mark.parametrize(
    ("text", "api_version", "resource", "path"),
    [
        ("pods", "", PODS, []),
        ("po", "", PODS, []),
        ("pod.spec.containers", "", PODS, ["spec", "containers"]),
        ("pods.", "", PODS, []),
        ("deploy.spec", "", DEPLOYMENTS, ["spec"]),
        ("deployments.apps", "", DEPLOYMENTS, []),
        ("deployments.apps.spec.template", "", DEPLOYMENTS, ["spec", "template"]),
        ("widgets.x.y.spec", "", WIDGETS, ["spec"]),
        ("deployments.spec", "apps/v2", DEPLOYMENTS._replace(version="v2"), ["spec"]),
        ("pods", "v7", PODS._replace(version="v7"), []),
    ],
)
def test_resources_and_paths(text: str, api_version: str, resource: GroupVersionResource, path: list[str]) -> None:
    assert resource_and_path(text, mapper(), api_version) == (resource, path)


@pytest.mark.parametrize("text", ["pods[0]", "pods.{a}", "pods.*", "$.x", "pods.'a'"])
def test_paths_are_fields_and_nothing_else(text: str) -> None:
    with pytest.raises(CommandError, match="invalid jsonpath syntax, first node must be field node"):
        resource_and_path(text, mapper(), "")


def test_an_unknown_type_is_told() -> None:
    with pytest.raises(NoMatch, match='the server doesn\'t have a resource type "foo"'):
        resource_and_path("foo.bar", mapper(), "")


class Documents:
    """A server with no document of any group but one without any type."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def openapi_v3(self, place: str) -> dict[str, Any]:
        self.asked.append(place)
        if place != "api/v1":
            raise KeyError(place)
        return {"paths": {}, "components": {"schemas": {}}}


def test_documents_are_asked_for_by_their_group() -> None:
    documents = Documents()
    with pytest.raises(CommandError, match=r'couldn\'t find resource for "apps/v1, Resource=deployments"'):
        explanation(documents, DEPLOYMENTS, [], io.StringIO(), recursive=False)  # type: ignore[arg-type]
    with pytest.raises(CommandError):
        explanation(documents, PODS, [], io.StringIO(), recursive=False)  # type: ignore[arg-type]
    assert documents.asked == ["apis/apps/v1", "api/v1"]
