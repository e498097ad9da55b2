"""Makes the objects that a cluster begins with, at every start: what a kill at any moment has left out is made up for.

Roles and bindings get back what people have taken from them, unless an annotation says that they are left alone.
Source: kubernetes ``pkg/controlplane/controller``, ``pkg/registry/rbac/reconciliation``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mini_server.authn.interface import MASTERS, UserInfo
from mini_server.authz.escalation import uncovered
from mini_server.controlplane import initial_objects as initial
from mini_server.controlplane.flow_control import flow_schemas, priority_levels
from mini_server.controlplane.namespace_policy import namespace_role_bindings, namespace_roles
from mini_server.controlplane.rbac_policy import cluster_role_bindings, cluster_roles
from mini_server.controlplane.rbac_rules import AUTOUPDATE
from mini_server.registry.context import RequestContext
from mini_server.registry.store import RegistryStore
from pykubectl.machinery.errors import StatusError, is_already_exists
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.util.clock import Clock

Object = dict[str, Any]
Stores = Mapping[GroupVersionResource, RegistryStore]
# From the stored object to the one it should be; the same object where nothing is to be changed.
Change = Callable[[Object], Object]

_SYSTEM = UserInfo("system:apiserver", groups=(MASTERS,))
_FLOW = "flowcontrol.apiserver.k8s.io"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the initial objects depend on."""

    service_cidr: str
    address: str
    port: int
    client_ca: str


async def bootstrap(stores: Stores, surroundings: Surroundings, clock: Clock) -> None:
    """Creates what is missing, and brings what is the server's own up to date."""
    make = _Maker(stores, clock)
    where, now = surroundings, clock.now()
    await make.all("v1 namespaces", ({"metadata": {"name": name}, "spec": {}} for name in initial.NAMESPACES))
    await asyncio.gather(
        _rbac(make),
        make.all(f"{_FLOW}/v1 prioritylevelconfigurations", priority_levels()),
        make.all(f"{_FLOW}/v1 flowschemas", flow_schemas()),
        make.all("scheduling.k8s.io/v1 priorityclasses", initial.priority_classes()),
        make.all("v1 configmaps", initial.config_maps(where.client_ca, now), _client_ca(where.client_ca)),
        make.all("apiregistration.k8s.io/v1 apiservices", initial.api_services(now)),
        make.all("networking.k8s.io/v1 servicecidrs", [initial.service_cidr(where.service_cidr, now)]),
        make.all("v1 services", [initial.service(initial.first_address(where.service_cidr), where.port)]),
    )
    # The server may have moved to another address since the last start.
    endpoints, slice = initial.endpoints(where.address, where.port), initial.endpoint_slice(where.address, where.port)
    await make.all("v1 endpoints", [endpoints], _with(endpoints, "subsets"))
    await make.all("discovery.k8s.io/v1 endpointslices", [slice], _with(slice, "endpoints", "ports"))


async def _rbac(make: _Maker) -> None:
    group = "rbac.authorization.k8s.io/v1"
    tables = (
        ("clusterroles", cluster_roles(), reconciled_role),
        ("clusterrolebindings", cluster_role_bindings(), reconciled_binding),
        ("roles", namespace_roles(), reconciled_role),
        ("rolebindings", namespace_role_bindings(), reconciled_binding),
    )
    makings: list[Coroutine[Any, Any, None]] = []
    for resource, objects, reconciled in tables:
        for obj in objects:
            makings.append(make.all(f"{group} {resource}", [obj], _reconciling(reconciled, obj)))
    await asyncio.gather(*makings)


def _reconciling(reconciled: Callable[[Object, Object], Object], wanted: Object) -> Change:
    return lambda stored: reconciled(stored, wanted)


def reconciled_role(stored: Object, wanted: Object) -> Object:
    """The stored role with the rules that it lacks; what people have added stays."""
    if _left_alone(stored):
        return stored
    missing = uncovered(stored.get("rules") or [], wanted["rules"] or [])
    return {**stored, "rules": [*(stored.get("rules") or []), *missing]} if missing else stored


def reconciled_binding(stored: Object, wanted: Object) -> Object:
    """The stored binding with the subjects that it lacks; what people have added stays."""
    if _left_alone(stored) or stored["roleRef"] != wanted["roleRef"]:
        return stored
    subjects = stored.get("subjects") or []
    missing = [subject for subject in wanted.get("subjects") or [] if subject not in subjects]
    return {**stored, "subjects": [*subjects, *missing]} if missing else stored


def _left_alone(stored: Object) -> bool:
    return (stored["metadata"].get("annotations") or {}).get(AUTOUPDATE) == "false"


def _with(wanted: Object, *fields: str) -> Change:
    def change(stored: Object) -> Object:
        if all(stored.get(name) == wanted[name] for name in fields):
            return stored
        return {**stored, **{name: wanted[name] for name in fields}}

    return change


def _client_ca(pem: str) -> Change:
    def change(stored: Object) -> Object:
        data = stored.get("data") or {}
        if stored["metadata"]["name"] != initial.AUTHENTICATION or data.get("client-ca-file") == pem:
            return stored
        return {**stored, "data": {**data, "client-ca-file": pem}}

    return change


def _unchanged(stored: Object) -> Object:
    return stored


class _Maker:
    """Creates, or changes, objects of one resource after the other."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def all(self, resource: str, objects: Iterable[Object], change: Change = _unchanged) -> None:
        """``resource``: group/version and plural. All at once, for the store commits in groups."""
        group_version, _, plural = resource.partition(" ")
        group, _, version = group_version.rpartition("/")
        store = self._stores[GroupVersionResource(group, version, plural)]
        await asyncio.gather(*(_ensure(store, obj, change, self._clock) for obj in objects))


async def _ensure(store: RegistryStore, obj: Object, change: Change, clock: Clock) -> None:
    body = {"apiVersion": store.resource.gvk.api_version, "kind": store.resource.kind, **obj}
    metadata = body["metadata"] = dict(body["metadata"])
    name, context = metadata["name"], RequestContext(_SYSTEM, metadata.get("namespace", ""), now=clock.now)
    stored = await _stored(store, context, name)
    if stored is None:
        stored = await _created(store, context, body, name)
    changed = change(stored)
    if changed is not stored:
        await _update(store, context, name, change)
    if "status" in obj and not (stored.get("status") or {}).get("conditions"):
        await _update(store, context, name, lambda old: {**old, "status": obj["status"]}, "status")


async def _stored(store: RegistryStore, context: RequestContext, name: str) -> Object | None:
    try:
        return (await store.get(context.namespace, name)).obj
    except StatusError as error:
        if error.code != 404:
            raise
        return None


async def _created(store: RegistryStore, context: RequestContext, body: Object, name: str) -> Object:
    try:
        return (await store.create(context, body)).obj
    except StatusError as error:
        if not is_already_exists(error):
            raise
        return (await store.get(context.namespace, name)).obj


async def _update(
    store: RegistryStore, context: RequestContext, name: str, change: Change, subresource: str = ""
) -> None:
    async def transform(old: Object | None) -> Object:
        assert old is not None
        return change(old)

    await store.update(context, name, transform, subresource=subresource)
