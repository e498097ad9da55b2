"""Subresources of pods: binding, log.

Source: kubernetes ``pkg/registry/core/pod/storage``, ``pkg/registry/core/pod/rest/log.go``, ``strategy.go``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

from mini_server.endpoints.answer import answer_created
from mini_server.endpoints.decode import decode_body
from mini_server.endpoints.endpoint import Endpoint
from mini_server.endpoints.options import write_options
from mini_server.endpoints.request import AnyResponse, Handler, Request, StreamResponse
from mini_server.endpoints.request_info import is_true
from mini_server.registry.meta import ensure_namespace
from mini_server.registry.store import RegistryStore
from mini_server.storage.interface import Preconditions
from pykubectl.machinery.errors import (
    StatusError,
    new_bad_request,
    new_conflict,
    new_invalid,
    new_not_found,
)
from pykubectl.machinery.gostrings import parse_int
from pykubectl.machinery.schema import GroupKind, GroupVersionKind
from pykubectl.machinery.structural.types import builtin
from pykubectl.machinery.validation import field
from pykubectl.machinery.values.time import format_time

Object = dict[str, Any]

BINDING = GroupVersionKind("", "v1", "Binding")


def binding_handler(endpoint: Endpoint, *, named: bool = True) -> Handler:
    """Gives a pod its node, once. ``named``: the pod is in the path, else in the body."""
    type = builtin().type_for(BINDING)
    assert type is not None

    async def handle(request: Request) -> AnyResponse:
        options = write_options(request, "CreateOptions")
        binding = await decode_body(request, BINDING, type, options.field_validation)
        ensure_namespace(binding, request.info.namespace, namespaced=True)
        name = request.info.name if named else binding["metadata"].get("name", "")
        target = binding.get("target") or {}
        _check_target(name, target)
        meta = binding.get("metadata") or {}

        async def bind(old: Object | None) -> Object:
            assert old is not None
            return _bound(endpoint, old, meta, target["name"], format_time(endpoint.clock.now()))

        context = endpoint.context(request, options)
        # The pod is changed as its status would be: the spec of a pod is closed to ordinary updates.
        await endpoint.store.update(
            context, name, bind, subresource="binding", preconditions=Preconditions(meta.get("uid"))
        )
        return answer_created(request)

    return handle


def _check_target(name: str, target: Object) -> None:
    faults = []
    if target.get("kind", "") not in ("", "Node"):
        faults.append(field.not_supported("target.kind", target["kind"], ("Node", "<empty>")))
    if not target.get("name"):
        faults.append(field.required("target.name"))
    if faults:
        raise new_invalid(GroupKind("", "Binding"), name, faults)


def _bound(endpoint: Endpoint, pod: Object, meta: Object, node: str, now: str) -> Object:
    name, gr = pod["metadata"]["name"], endpoint.resource.group_resource
    if pod["metadata"].get("deletionTimestamp"):
        raise new_conflict(gr, name, f"pod {name} is being deleted, cannot be assigned to a host")
    if pod["spec"].get("nodeName"):
        raise new_conflict(gr, name, f'pod {name} is already assigned to node "{pod["spec"]["nodeName"]}"')
    if pod["spec"].get("schedulingGates"):
        raise new_conflict(gr, name, f"pod {name} has non-empty .spec.schedulingGates")
    pod["spec"] = {**pod["spec"], "nodeName": node}
    if meta.get("annotations"):
        pod["metadata"]["annotations"] = {**(pod["metadata"].get("annotations") or {}), **meta["annotations"]}
    status = dict(pod.get("status") or {})
    others = [c for c in status.get("conditions") or [] if c["type"] != "PodScheduled"]
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    status["conditions"] = [*others, scheduled]
    pod["status"] = status
    return pod


class LogFetcher(Protocol):
    """Fetches a container's log from a kubelet."""

    async def fetch(self, host: str, port: int, path: str, query: list[tuple[str, str]]) -> AsyncIterator[bytes]:
        """Opens the log. Raises StatusError where the kubelet refuses or cannot be reached."""


_LOG_OPTIONS = ("follow", "previous", "timestamps", "sinceSeconds", "sinceTime", "tailLines", "limitBytes")
_BOOLEANS = ("follow", "previous", "timestamps")
_NUMBERS = ("sinceSeconds", "tailLines", "limitBytes")


def log_handler(endpoint: Endpoint, nodes: RegistryStore, fetcher: LogFetcher) -> Handler:
    """A container's log, from the kubelet of the pod's node."""

    async def handle(request: Request) -> AnyResponse:
        pod = (await endpoint.store.get(request.info.namespace, request.info.name)).obj
        container = _container(pod, request.query.get("container") or "")
        options = _log_options(request)
        host, port = await _kubelet(endpoint, nodes, pod, container)
        meta = pod["metadata"]
        path = f"/containerLogs/{meta['namespace']}/{meta['name']}/{container}"
        chunks = await fetcher.fetch(host, port, path, options)
        return StreamResponse(200, chunks, "text/plain")

    return handle


def _log_options(request: Request) -> list[tuple[str, str]]:
    options = []
    for name in _LOG_OPTIONS:
        value = request.query.get(name)
        if value is None:
            continue
        options.append((name, "true" if is_true(value) else "false") if name in _BOOLEANS else (name, value))
        if name not in _NUMBERS:
            continue
        try:
            number = parse_int(value)
        except ValueError as error:
            raise new_bad_request(str(error)) from None
        low = 0 if name == "tailLines" else 1
        if number < low:
            text = "must be greater than or equal to 0" if low == 0 else "must be greater than 0"
            raise new_invalid(GroupKind("", "PodLogOptions"), request.info.name, [field.invalid(name, number, text)])
    return options


def _container(pod: Object, name: str) -> str:
    """The container asked for, or the only one. Raises a bad-request StatusError with the choices."""
    spec = pod["spec"]
    main = [c["name"] for c in spec["containers"]]
    init = [c["name"] for c in spec.get("initContainers") or []]
    pod_name = pod["metadata"]["name"]
    if not name:
        if len(main) == 1:
            return str(main[0])
        text = f"a container name must be specified for pod {pod_name}, choose one of: [{' '.join(main)}]"
        if init:
            text += f" or one of the init containers: [{' '.join(init)}]"
        raise new_bad_request(text)
    if name not in (*main, *init, *(c["name"] for c in spec.get("ephemeralContainers") or [])):
        raise new_bad_request(f"container {name} is not valid for pod {pod_name}")
    return name


async def _kubelet(endpoint: Endpoint, nodes: RegistryStore, pod: Object, container: str) -> tuple[str, int]:
    """Where the pod's kubelet listens. Raises a bad-request StatusError while there is no log."""
    node_name = pod["spec"].get("nodeName")
    name = pod["metadata"]["name"]
    if not node_name:
        raise new_bad_request(f"pod {name} does not have a host assigned")
    status = pod.get("status") or {}
    for entry in (*(status.get("containerStatuses") or []), *(status.get("initContainerStatuses") or [])):
        state = entry.get("state") or {}
        if entry["name"] == container and "waiting" in state and not (entry.get("lastState") or {}):
            reason = state["waiting"].get("reason", "")
            raise new_bad_request(f'container "{container}" in pod "{name}" is waiting to start: {reason}')
    try:
        node = (await nodes.get("", node_name)).obj
    except StatusError as error:
        if error.code == 404:
            raise new_not_found(nodes.resource.group_resource, node_name) from None
        raise
    addresses = {a["type"]: a["address"] for a in node.get("status", {}).get("addresses") or []}
    host = addresses.get("InternalIP") or addresses.get("Hostname") or node_name
    port = int(node.get("status", {}).get("daemonEndpoints", {}).get("kubeletEndpoint", {}).get("Port", 10250))
    return host, port
