from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest

from pykubectl.client import RESTClient, RESTConfig
from pykubectl.client.discovery import CachedDiscoveryClient, DiscoveryClient, GroupDiscoveryFailed
from pykubectl.client.discovery.cached import host_directory
from pykubectl.client.errors import ConnectionRefused
from pykubectl.client.transport.interface import Request
from tests.support.fake_transport import FakeResponse, FakeTransport, json_response

PODS = {
    "resource": "pods",
    "responseKind": {"group": "", "version": "", "kind": "Pod"},
    "scope": "Namespaced",
    "singularResource": "pod",
    "verbs": ["get", "list"],
    "shortNames": ["po"],
    "categories": ["all"],
    "subresources": [{"subresource": "status", "responseKind": {"kind": "Pod"}, "verbs": ["get"]}],
}
LEGACY_PODS = [
    {
        "name": "pods",
        "singularName": "pod",
        "namespaced": True,
        "kind": "Pod",
        "verbs": ["get", "list"],
        "shortNames": ["po"],
        "categories": ["all"],
    },
    {"name": "pods/status", "singularName": "pod", "namespaced": True, "kind": "Pod", "verbs": ["get"]},
]


def aggregated(request: Request) -> FakeResponse:
    def document(*items: object) -> FakeResponse:
        return json_response({"kind": "APIGroupDiscoveryList", "items": [*items]})

    if request.path == "/api":
        return document({"metadata": {}, "versions": [{"version": "v1", "resources": [PODS]}]})
    versions = [{"version": "v1", "resources": []}, {"version": "v2", "freshness": "Stale"}]
    return document({"metadata": {"name": "apps"}, "versions": versions})


def legacy(request: Request) -> FakeResponse:
    apps = {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}
    answers = {
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "groups": [apps]},
        "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1", "resources": LEGACY_PODS},
        "/apis/apps/v1": {"kind": "APIResourceList", "groupVersion": "apps/v1", "resources": LEGACY_PODS},
    }
    return json_response(answers[request.path])


def make(handler: object) -> tuple[DiscoveryClient, FakeTransport]:
    transport = FakeTransport(handler)  # type: ignore[arg-type]
    return DiscoveryClient(RESTClient(RESTConfig("https://127.0.0.1:6443"), transport)), transport


def test_aggregated_is_two_requests_and_stale_parts_are_reported() -> None:
    client, transport = make(aggregated)

    with pytest.raises(GroupDiscoveryFailed) as raised:
        client.server_groups_and_resources()
    assert str(raised.value) == (
        "unable to retrieve the complete list of server APIs: apps/v2: stale GroupVersion discovery"
    )
    assert raised.value.found.lists["v1"]["resources"] == LEGACY_PODS
    assert len(transport.requests) == 2


def test_legacy_is_one_request_for_each_version() -> None:
    client, transport = make(legacy)
    groups, lists = client.server_groups_and_resources()

    assert [group["name"] for group in groups] == ["", "apps"]
    assert [each["groupVersion"] for each in lists] == ["v1", "apps/v1"]
    assert len(transport.requests) == 4


def test_cache_on_disk_is_kubectls(tmp_path: Path) -> None:
    client, transport = make(legacy)
    CachedDiscoveryClient.for_env(client, {"KUBECACHEDIR": str(tmp_path)}).server_groups()
    directory = tmp_path / "discovery" / "127.0.0.1_6443"

    written = sorted(str(path.relative_to(directory)) for path in directory.rglob("*.json"))
    assert written == ["apps/v1/serverresources.json", "servergroups.json", "v1/serverresources.json"]
    assert stat.S_IMODE((directory / "servergroups.json").stat().st_mode) == 0o660
    asked = len(transport.requests)
    again = CachedDiscoveryClient(client, str(directory))
    assert len(again.server_groups_and_resources()[1]) == 2
    assert (len(transport.requests), again.fresh) == (asked, False)


def test_old_broken_or_invalidated_files_are_not_used(tmp_path: Path) -> None:
    client, transport = make(legacy)
    CachedDiscoveryClient(client, str(tmp_path)).server_groups()
    asked = len(transport.requests)

    late = CachedDiscoveryClient(client, str(tmp_path), now=lambda: 1e12)
    late.server_groups()
    assert (len(transport.requests), late.fresh) == (asked + 4, True)
    invalidated = CachedDiscoveryClient(client, str(tmp_path))
    invalidated.invalidate()
    invalidated.server_groups()
    assert len(transport.requests) == asked + 8
    (tmp_path / "servergroups.json").write_text("{")
    CachedDiscoveryClient(client, str(tmp_path)).server_groups()
    assert len(transport.requests) == asked + 12


def test_names_of_hosts() -> None:
    assert host_directory("https://[::1]:6443/a b") == "___1__6443/a_b"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("servergroups.json", "[]"),
        ("servergroups.json", '{"groups": {"a": 1}}'),
        ("servergroups.json", '{"groups": [null]}'),
        ("servergroups.json", '{"groups": [{"name": "apps"}]}'),
        ("servergroups.json", '{"groups": [{"name": "apps", "versions": [{"version": "v1"}]}]}'),
        ("servergroups.json", "\x00\x00\x00"),
        ("v1/serverresources.json", '{"groupVersion": "v1"}'),
        ("v1/serverresources.json", '{"groupVersion": "v1", "resources": ["pods"]}'),
        ("v1/serverresources.json", '{"groupVersion": "v1", "resources": [{"name": "pods", "kind": "Pod"}]}'),
        ("v1/serverresources.json", '{"resources": [{"name": "pods", "kind": "Pod", "namespaced": true}]}'),
    ],
)
def test_files_that_are_not_as_expected_count_as_missing(tmp_path: Path, file: str, text: str) -> None:
    client, _ = make(legacy)
    expected = CachedDiscoveryClient(client, str(tmp_path)).server_groups_and_resources()
    (tmp_path / file).write_text(text)

    assert CachedDiscoveryClient(client, str(tmp_path)).server_groups_and_resources() == expected
    # And they have been written anew.
    again = CachedDiscoveryClient(make(refused)[0], str(tmp_path))
    assert again.server_groups_and_resources() == expected


def refused(request: Request) -> FakeResponse:
    raise ConnectionRefused("h:1")


def test_writers_at_the_same_time_leave_whole_files(tmp_path: Path) -> None:
    client, _ = make(legacy)
    threads = [threading.Thread(target=CachedDiscoveryClient(client, str(tmp_path)).server_groups) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert CachedDiscoveryClient(make(refused)[0], str(tmp_path)).server_groups()[0]["name"] == ""
    assert sorted(path.suffix for path in tmp_path.rglob("*.*")) == [".json"] * 3


def test_cache_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    client, _ = make(legacy)
    (tmp_path / "servergroups.json" / "in the way").mkdir(parents=True)
    groups = CachedDiscoveryClient(client, str(tmp_path)).server_groups()

    assert [group["name"] for group in groups] == ["", "apps"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("servergroups.json.")] == []
