"""Objects that a cluster begins with; what is there already is left alone.

Source: kubernetes ``pkg/controlplane/controller``, ``pkg/registry/scheduling/rest``.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping
from typing import Any

from mini_server.authn.interface import MASTERS, UserInfo
from mini_server.controlplane.rbac_policy import cluster_role_bindings, cluster_roles
from mini_server.registry.context import RequestContext
from mini_server.registry.store import RegistryStore
from pykubectl.api.resources import GROUPS
from pykubectl.machinery.errors import StatusError, is_already_exists
from pykubectl.machinery.schema import GroupVersionResource

log = logging.getLogger(__name__)

Object = dict[str, Any]
Stores = Mapping[GroupVersionResource, RegistryStore]

_SYSTEM = UserInfo("system:apiserver", groups=(MASTERS,))
_RBAC = "rbac.authorization.k8s.io"
_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "default")


def first_address(cidr: str) -> str:
    """The service address of the API server: the first of the range."""
    network = ipaddress.ip_network(cidr)
    return str(network.network_address + 1)


async def bootstrap(stores: Stores, *, service_cidr: str, address: str, port: int) -> None:
    """Creates what is missing, and brings the API server's own endpoints up to date."""
    for name in _NAMESPACES:
        await _create(stores, GroupVersionResource("", "v1", "namespaces"), {"metadata": {"name": name}, "spec": {}})
    for role in cluster_roles():
        await _create(stores, GroupVersionResource(_RBAC, "v1", "clusterroles"), role)
    for binding in cluster_role_bindings():
        await _create(stores, GroupVersionResource(_RBAC, "v1", "clusterrolebindings"), binding)
    for priority_class in _priority_classes():
        await _create(stores, GroupVersionResource("scheduling.k8s.io", "v1", "priorityclasses"), priority_class)
    for service in _api_services():
        await _create(stores, GroupVersionResource("apiregistration.k8s.io", "v1", "apiservices"), service)
    await _create(stores, GroupVersionResource("networking.k8s.io", "v1", "servicecidrs"), _service_cidr(service_cidr))
    await _create(stores, GroupVersionResource("", "v1", "services"), _service(first_address(service_cidr), port))
    await _endpoints(stores, address, port)


async def _create(stores: Stores, gvr: GroupVersionResource, obj: Object) -> None:
    store = stores[gvr]
    body = {"apiVersion": store.resource.gvk.api_version, "kind": store.resource.kind, **obj}
    meta = body["metadata"] = dict(body["metadata"])
    key = store.key(meta.get("namespace", ""), meta["name"])
    try:
        await store.storage.get(key)
    except StatusError as error:
        if error.code != 404:
            raise
    else:
        return
    context = RequestContext(_SYSTEM, meta.get("namespace", ""))
    try:
        await store.create(context, body)
    except StatusError as error:
        if not is_already_exists(error):
            raise


def _priority_classes() -> list[Object]:
    texts = {
        "system-cluster-critical": (
            2_000_000_000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if "
            "necessary.",
        ),
        "system-node-critical": (
            2_000_001_000,
            "Used for system critical pods that must not be moved from their current node.",
        ),
    }
    return [
        {"metadata": {"name": name}, "value": value, "description": text, "preemptionPolicy": "PreemptLowerPriority"}
        for name, (value, text) in texts.items()
    ]


def _api_services() -> list[Object]:
    """One per group version that this server serves itself."""
    services = []
    for order, (group, versions) in enumerate(GROUPS.items()):
        for version in versions:
            minimum = 18000 if group == "" else 17800 - 10 * order
            spec: Object = {
                "groupPriorityMinimum": minimum,
                "version": version,
                "versionPriority": 1 if not group else 15,
            }
            if group:
                spec["group"] = group
            condition = {
                "type": "Available",
                "status": "True",
                "reason": "Local",
                "message": "Local APIServices are always available",
            }
            services.append(
                {
                    "metadata": {
                        "name": f"{version}.{group}",
                        "labels": {"kube-aggregator.kubernetes.io/automanaged": "onstart"},
                    },
                    "spec": spec,
                    "status": {"conditions": [condition]},
                }
            )
    return services


def _service_cidr(cidr: str) -> Object:
    return {"metadata": {"name": "kubernetes"}, "spec": {"cidrs": [cidr]}}


def _service(address: str, port: int) -> Object:
    labels = {"component": "apiserver", "provider": "kubernetes"}
    return {
        "metadata": {"name": "kubernetes", "namespace": "default", "labels": labels},
        "spec": {
            "type": "ClusterIP",
            "clusterIP": address,
            "clusterIPs": [address],
            "ipFamilies": ["IPv4" if "." in address else "IPv6"],
            "ipFamilyPolicy": "SingleStack",
            "internalTrafficPolicy": "Cluster",
            "sessionAffinity": "None",
            "ports": [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": port}],
        },
    }


async def _endpoints(stores: Stores, address: str, port: int) -> None:
    """Where the API server itself is reached; it may have moved to another port since the last start."""
    ports = [{"name": "https", "port": port, "protocol": "TCP"}]
    endpoints = {
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"},
        },
        "subsets": [{"addresses": [{"ip": address}], "ports": ports}],
    }
    endpoint_slice = {
        "metadata": {
            "name": "kubernetes",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": "kubernetes"},
        },
        "addressType": "IPv4" if "." in address else "IPv6",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
        "ports": ports,
    }
    for gvr, obj, fields in (
        (GroupVersionResource("", "v1", "endpoints"), endpoints, ("subsets",)),
        (GroupVersionResource("discovery.k8s.io", "v1", "endpointslices"), endpoint_slice, ("endpoints", "ports")),
    ):
        await _create(stores, gvr, obj)
        await _refresh(stores[gvr], obj, fields)


async def _refresh(store: RegistryStore, wanted: Object, fields: tuple[str, ...]) -> None:
    async def transform(old: Object | None) -> Object:
        assert old is not None
        return {**old, **{name: wanted[name] for name in fields}}

    context = RequestContext(_SYSTEM, "default")
    await store.update(context, wanted["metadata"]["name"], transform)
