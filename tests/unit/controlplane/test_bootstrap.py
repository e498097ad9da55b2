"""Objects that a cluster begins with: made at the first start, and kept as they should be at each other one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.controlplane.bootstrap import Surroundings, bootstrap
from mini_server.controlplane.stores import Stores
from mini_server.kv.memory import MemoryKV
from mini_server.registry.context import DeleteOptions, RequestContext
from mini_server.registry.strategies import RegistryConfig
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import FakeClock

Object = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
WHERE = Surroundings("10.0.0.0/24", "192.168.0.1", 6443, "the CA")
ROOT = UserInfo("root", groups=("system:masters",))


class Cluster:
    """Stores over memory; starting is bootstrapping."""

    def __init__(self, service_cidr: str = WHERE.service_cidr) -> None:
        self.clock = FakeClock()
        self._loop = asyncio.new_event_loop()
        self._kv = MemoryKV(self.clock)
        self.stores = Stores(self._kv, self.clock, RegistryConfig(service_cidr))
        self.run(self.stores.start())

    def run(self, awaitable: Awaitable[Any]) -> Any:
        return self._loop.run_until_complete(awaitable)

    def start(self, where: Surroundings = WHERE) -> None:
        self.run(bootstrap(self.stores.by_resource, where, self.clock))

    def close(self) -> None:
        self.run(self.stores.close())
        self.run(self._kv.close())
        self._loop.close()

    def _gvr(self, resource: str) -> GroupVersionResource:
        plural, _, group = resource.partition(".")
        return GroupVersionResource(group, "v1", plural)

    def get(self, resource: str, name: str, namespace: str = "") -> Object:
        found: Object = self.run(self.stores.by_resource[self._gvr(resource)].get(namespace, name)).obj
        return found

    def change(self, resource: str, name: str, change: Callable[[Object], None], namespace: str = "") -> None:
        async def transform(old: Object | None) -> Object:
            assert old is not None
            change(old)
            return old

        self.run(self.stores.by_resource[self._gvr(resource)].update(RequestContext(ROOT, namespace), name, transform))

    def delete(self, resource: str, name: str, namespace: str = "") -> None:
        store = self.stores.by_resource[self._gvr(resource)]
        self.run(store.delete(RequestContext(ROOT, namespace), name, DeleteOptions()))

    def versions(self) -> dict[str, str]:
        """Resource versions of all objects."""
        found = {}
        for gvr in self.stores.by_resource:
            for obj in self.stores.peek_all(gvr):
                metadata = obj["metadata"]
                found[f"{gvr} {metadata.get('namespace', '')}/{metadata['name']}"] = metadata["resourceVersion"]
        return found


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    found = Cluster()
    found.start()
    yield found
    found.close()


def test_a_second_start_writes_nothing(cluster: Cluster) -> None:
    before = cluster.versions()
    assert len(before) > 150
    cluster.clock.advance(3600)
    cluster.start()
    assert cluster.versions() == before


@pytest.mark.parametrize(
    ("resource", "name", "namespace"),
    [
        ("namespaces", "kube-node-lease", ""),
        (f"clusterroles.{RBAC}", "system:node", ""),
        (f"clusterrolebindings.{RBAC}", "cluster-admin", ""),
        (f"roles.{RBAC}", "extension-apiserver-authentication-reader", "kube-system"),
        (f"rolebindings.{RBAC}", "system:controller:bootstrap-signer", "kube-public"),
        ("configmaps", "extension-apiserver-authentication", "kube-system"),
        ("services", "kubernetes", "default"),
        ("endpoints", "kubernetes", "default"),
        ("endpointslices.discovery.k8s.io", "kubernetes", "default"),
        ("priorityclasses.scheduling.k8s.io", "system-node-critical", ""),
        ("apiservices.apiregistration.k8s.io", "v1.apps", ""),
        ("flowschemas.flowcontrol.apiserver.k8s.io", "exempt", ""),
        ("prioritylevelconfigurations.flowcontrol.apiserver.k8s.io", "exempt", ""),
        ("servicecidrs.networking.k8s.io", "kubernetes", ""),
    ],
)
def test_what_is_missing_is_made(cluster: Cluster, resource: str, name: str, namespace: str) -> None:
    before = cluster.get(resource, name, namespace)
    if resource != "namespaces":
        cluster.delete(resource, name, namespace)
    cluster.start()
    after = cluster.get(resource, name, namespace)
    for obj in (before, after):
        obj["metadata"] = {**obj["metadata"], "uid": "", "resourceVersion": ""}
    assert after == before


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 5, 8, 13, 21])
def test_a_start_that_was_killed_in_the_middle_is_made_up_for(steps: int) -> None:
    whole = Cluster()
    whole.start()
    wanted = whole.versions().keys()
    whole.close()
    half = Cluster()

    async def killed() -> None:
        begun = asyncio.ensure_future(bootstrap(half.stores.by_resource, WHERE, half.clock))
        for _ in range(steps):
            await asyncio.sleep(0)
        begun.cancel()
        await asyncio.gather(begun, return_exceptions=True)

    half.run(killed())
    assert half.versions().keys() <= wanted
    half.start()
    assert half.versions().keys() == wanted
    half.close()


def test_conditions_of_what_is_always_there(cluster: Cluster) -> None:
    service = cluster.get("apiservices.apiregistration.k8s.io", "v1.apps")
    cidr = cluster.get("servicecidrs.networking.k8s.io", "kubernetes")
    for obj, type, message in (
        (service, "Available", "Local APIServices are always available"),
        (cidr, "Ready", "Kubernetes default Service CIDR is ready"),
    ):
        (condition,) = obj["status"]["conditions"]
        assert (condition["type"], condition["status"], condition["message"]) == (type, "True", message)
        assert condition["lastTransitionTime"] == "2026-01-01T00:00:00Z"


def test_roles_get_back_what_was_taken_and_keep_what_was_added(cluster: Cluster) -> None:
    role = f"clusterroles.{RBAC}"
    wanted = cluster.get(role, "system:kube-dns")["rules"]
    added = {"apiGroups": ["example.org"], "resources": ["things"], "verbs": ["get"]}

    def spoil(obj: Object) -> None:
        obj["rules"] = [{"apiGroups": [""], "resources": ["endpoints"], "verbs": ["list", "watch"]}, added]

    cluster.change(role, "system:kube-dns", spoil)
    cluster.start()
    rules = cluster.get(role, "system:kube-dns")["rules"]
    assert added in rules
    assert {(r, v) for rule in rules for r in rule["resources"] for v in rule["verbs"]} >= {
        (r, v) for rule in wanted for r in rule["resources"] for v in rule["verbs"]
    }


def test_bindings_get_back_the_subjects_that_were_taken(cluster: Cluster) -> None:
    binding = f"clusterrolebindings.{RBAC}"
    added = {"kind": "User", "apiGroup": RBAC, "name": "boss"}
    cluster.change(binding, "cluster-admin", lambda obj: obj.update(subjects=[added]))
    cluster.start()
    names = [subject["name"] for subject in cluster.get(binding, "cluster-admin")["subjects"]]
    assert names == ["boss", "system:masters"]


@pytest.mark.parametrize(
    ("resource", "name", "field"),
    [
        (f"clusterroles.{RBAC}", "system:kube-dns", "rules"),
        (f"clusterrolebindings.{RBAC}", "cluster-admin", "subjects"),
    ],
)
def test_an_annotation_keeps_the_server_off(cluster: Cluster, resource: str, name: str, field: str) -> None:
    def take(obj: Object) -> None:
        obj["metadata"]["annotations"]["rbac.authorization.kubernetes.io/autoupdate"] = "false"
        obj[field] = []

    cluster.change(resource, name, take)
    cluster.start()
    assert not cluster.get(resource, name).get(field)


def test_rules_that_a_controller_has_collected_stay(cluster: Cluster) -> None:
    collected = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]
    cluster.change(f"clusterroles.{RBAC}", "view", lambda obj: obj.update(rules=collected))
    cluster.start()
    assert cluster.get(f"clusterroles.{RBAC}", "view")["rules"] == collected


def test_the_server_may_move(cluster: Cluster) -> None:
    cluster.start(replace(WHERE, address="192.168.0.2", port=7443, client_ca="another CA"))
    endpoints = cluster.get("endpoints", "kubernetes", "default")
    assert endpoints["subsets"][0]["addresses"] == [{"ip": "192.168.0.2"}]
    assert endpoints["subsets"][0]["ports"][0]["port"] == 7443
    slice = cluster.get("endpointslices.discovery.k8s.io", "kubernetes", "default")
    assert slice["endpoints"][0]["addresses"] == ["192.168.0.2"]
    data = cluster.get("configmaps", "extension-apiserver-authentication", "kube-system")["data"]
    assert data == {"client-ca-file": "another CA"}


def test_since_when_old_tokens_are_watched_does_not_change(cluster: Cluster) -> None:
    cluster.clock.advance(10 * 86400)
    cluster.start()
    name = "kube-apiserver-legacy-service-account-token-tracking"
    assert cluster.get("configmaps", name, "kube-system")["data"] == {"since": "2026-01-01"}


def test_an_address_of_the_newer_kind() -> None:
    cluster = Cluster("fd00::/112")
    cluster.start(Surroundings("fd00::/112", "fd01::1", 6443, "the CA"))
    service = cluster.get("services", "kubernetes", "default")["spec"]
    assert (service["clusterIP"], service["ipFamilies"]) == ("fd00::1", ["IPv6"])
    assert cluster.get("endpointslices.discovery.k8s.io", "kubernetes", "default")["addressType"] == "IPv6"
    cluster.close()
