"""Which pods back a service, at which addresses and ports.

Source: kubernetes ``staging/src/k8s.io/endpointslice/utils.go`` and ``pkg/controller/endpoint``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from mini_server.controllers.pods import is_finished, is_ready

Object = dict[str, Any]

# The label of what lists the pods of a headless service.
HEADLESS = "service.kubernetes.io/headless"


class Port(NamedTuple):
    """A service port as a pod serves it."""

    name: str
    port: int
    protocol: str
    app_protocol: str | None = None


def ip_of(pod: Object, family: str) -> str:
    """The pod's first address of a family (IPv4, IPv6), empty where it has none."""
    status = pod.get("status", {})
    found = [status.get("podIP") or "", *(entry["ip"] for entry in status.get("podIPs") or [])]
    return next((ip for ip in found if ip and (":" in ip) is (family == "IPv6")), "")


def families_of(service: Object) -> list[str]:
    """The families that a service serves."""
    return list(service["spec"].get("ipFamilies") or ["IPv4"])


def is_headless(service: Object) -> bool:
    """Clients speak to the pods themselves."""
    return service["spec"].get("clusterIP") in (None, "", "None")


def should_be_listed(pod: Object, *, include_terminating: bool) -> bool:
    """Has an address and has not finished; pods being deleted only where they are asked for."""
    status = pod.get("status", {})
    if not (status.get("podIP") or status.get("podIPs")) or is_finished(pod):
        return False
    return include_terminating or not pod["metadata"].get("deletionTimestamp")


def serves(pod: Object) -> bool:
    """Ready to serve, being deleted or not."""
    return is_ready(pod)


def ready(service: Object, pod: Object) -> bool:
    """Ready for new connections."""
    if service["spec"].get("publishNotReadyAddresses"):
        return True
    return is_ready(pod) and not pod["metadata"].get("deletionTimestamp")


def ports_of(service: Object, pod: Object) -> tuple[Port, ...]:
    """The service's ports resolved on a pod; a named target that the pod has not is left out."""
    ports = []
    for entry in service["spec"].get("ports") or []:
        number = _target(entry, pod)
        if number is not None:
            ports.append(Port(entry.get("name", ""), number, entry.get("protocol", "TCP"), entry.get("appProtocol")))
    return tuple(ports)


def _target(entry: Object, pod: Object) -> int | None:
    target = entry.get("targetPort", entry["port"])
    if isinstance(target, int):
        return target or int(entry["port"])
    sidecars = [c for c in pod["spec"].get("initContainers") or [] if c.get("restartPolicy") == "Always"]
    for container in (*pod["spec"]["containers"], *sidecars):
        for port in container.get("ports") or []:
            if port.get("name") == target and port.get("protocol", "TCP") == entry.get("protocol", "TCP"):
                return int(port["containerPort"])
    return None


def reference(pod: Object) -> Object:
    """The targetRef of an address."""
    meta = pod["metadata"]
    return {"kind": "Pod", "namespace": meta["namespace"], "name": meta["name"], "uid": meta["uid"]}


def hostname(service: Object, pod: Object) -> str:
    """The pod's host name where the service is its subdomain."""
    spec = pod["spec"]
    subdomain = spec.get("subdomain") == service["metadata"]["name"]
    return str(spec["hostname"]) if spec.get("hostname") and subdomain else ""
