"""One registry store per stored resource, over one key-value store, each behind its watch cache."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mini_server.authz.node_graph import GraphReader
from mini_server.authz.rbac import RBACReader
from mini_server.kv.interface import KV
from mini_server.registry.core.service import ServiceStrategy
from mini_server.registry.store import RegistryStore
from mini_server.registry.strategies import RegistryConfig, strategy_for
from mini_server.registry.traits import storage_prefix
from mini_server.storage.cacher.cacher import Cacher
from mini_server.storage.store import KVStore
from pykubectl.api.resources import RESOURCES, STORED_AS
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock

Object = dict[str, Any]

_EVENTS = GroupVersionResource("", "v1", "events")
_PODS = GroupVersionResource("", "v1", "pods")
_RBAC = "rbac.authorization.k8s.io"
_GRAPH = {
    "persistentvolumeclaims": GroupVersionResource("", "v1", "persistentvolumeclaims"),
    "persistentvolumes": GroupVersionResource("", "v1", "persistentvolumes"),
    "resourceslices": GroupVersionResource("resource.k8s.io", "v1", "resourceslices"),
    "volumeattachments": GroupVersionResource("storage.k8s.io", "v1", "volumeattachments"),
}


class Stores:
    """All stores, by group, version and resource. Caches load when they are first used, or by `start`."""

    def __init__(self, kv: KV, clock: Clock, config: RegistryConfig) -> None:
        self.by_resource: dict[GroupVersionResource, RegistryStore] = {}
        self._cachers: dict[GroupVersionResource, Cacher] = {}
        for resource in RESOURCES:
            if not resource.persisted or resource.gvr in STORED_AS:
                continue
            strategy = strategy_for(resource, config)
            prefix = storage_prefix(resource.gvr)
            empty = {"apiVersion": resource.gvk.api_version, "kind": resource.kind}
            store = KVStore(kv, resource.group_resource, f"{prefix}/", strategy.attributes, empty)
            cacher = Cacher(store, index_fields=("spec.nodeName",) if resource.gvr == _PODS else ())
            ttl = config.event_ttl if resource.gvr == _EVENTS else 0
            self._cachers[resource.gvr] = cacher
            self.by_resource[resource.gvr] = RegistryStore(resource, strategy, cacher, clock, prefix, ttl)

    async def start(self) -> None:
        """Loads every cache, and tells allocators what is taken."""
        for cacher in self._cachers.values():
            await cacher.start()
        services = GroupVersionResource("", "v1", "services")
        strategy = self.by_resource[services].strategy
        assert isinstance(strategy, ServiceStrategy)
        for item in self._cachers[services].peek_below(self.by_resource[services].prefix()):
            strategy.load(item.obj)

    def forget_history(self) -> None:
        """Watches cannot start before now; called before the first client comes."""
        for cacher in self._cachers.values():
            cacher.forget_history()

    async def close(self) -> None:
        """Ends all watches."""
        for cacher in self._cachers.values():
            await cacher.close()

    def peek(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object | None:
        """An object as memory has it now; read only."""
        item = self._cachers[gvr].peek(self.by_resource[gvr].key(namespace, name))
        return None if item is None else item.obj

    def peek_all(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        """All objects of a resource as memory has them now; read only."""
        return [item.obj for item in self._cachers[gvr].peek_below(self.by_resource[gvr].prefix(namespace))]

    def changed(self, gvr: GroupVersionResource) -> int:
        """The revision of a resource's last change."""
        return self._cachers[gvr].changed


class CacheReader:
    """What admission reads."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    async def get(self, gvr: GroupVersionResource, namespace: str, name: str) -> Object | None:
        """An object, None where it is not there."""
        try:
            return (await self._stores.by_resource[gvr].get(namespace, name)).obj
        except StatusError as error:
            if error.code in (400, 404):
                return None
            raise

    async def list(self, gvr: GroupVersionResource, namespace: str = "") -> list[Object]:
        """All objects of a resource."""
        store = self._stores.by_resource[gvr]
        result = await store.storage.list(store.prefix(namespace))
        return [item.obj for item in result.items]


class CachedRBAC(RBACReader):
    """What the RBAC authorizer reads."""

    _ROLES = GroupVersionResource(_RBAC, "v1", "roles")
    _CLUSTER_ROLES = GroupVersionResource(_RBAC, "v1", "clusterroles")
    _BINDINGS = GroupVersionResource(_RBAC, "v1", "rolebindings")
    _CLUSTER_BINDINGS = GroupVersionResource(_RBAC, "v1", "clusterrolebindings")

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    @property
    def revision(self) -> int:
        """The newest change of the four resources."""
        changed = self._stores.changed
        return max(
            changed(self._ROLES),
            changed(self._CLUSTER_ROLES),
            changed(self._BINDINGS),
            changed(self._CLUSTER_BINDINGS),
        )

    def role(self, namespace: str, name: str) -> Object | None:
        """A Role."""
        return self._stores.peek(self._ROLES, namespace, name)

    def cluster_role(self, name: str) -> Object | None:
        """A ClusterRole."""
        return self._stores.peek(self._CLUSTER_ROLES, "", name)

    def role_bindings(self, namespace: str) -> Iterable[Object]:
        """The RoleBindings of a namespace."""
        return self._stores.peek_all(self._BINDINGS, namespace)

    def cluster_role_bindings(self) -> Iterable[Object]:
        """All ClusterRoleBindings."""
        return self._stores.peek_all(self._CLUSTER_BINDINGS)


class CachedGraph(GraphReader):
    """What the node authorizer reads."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores

    def pods_on(self, node: str) -> Iterable[Object]:
        """The pods that are bound to a node."""
        return [pod for pod in self._stores.peek_all(_PODS) if pod["spec"].get("nodeName") == node]

    def peek(self, resource: str, namespace: str, name: str) -> Object | None:
        """A claim, volume, volume attachment or resource slice; None where it is not there."""
        return self._stores.peek(_GRAPH[resource], namespace, name)
