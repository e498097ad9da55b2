"""Validation of probes and of what runs when containers begin and end.

Source: kubernetes ``pkg/apis/core/validation/validation.go`` validateProbe, validateLifecycle.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_NUMBERS = ("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold")


def probes(entry: Object, path: Path) -> ErrorList:
    """The three probes of a container."""
    faults: ErrorList = []
    for name in ("livenessProbe", "readinessProbe", "startupProbe"):
        probe, here = entry.get(name), path.child(name)
        if probe is None:
            continue
        faults += _probe(probe, here)
        threshold = probe.get("successThreshold", 1)
        if name != "readinessProbe":
            if threshold != 1:
                faults.append(field.invalid(here.child("successThreshold"), threshold, "must be 1"))
        elif probe.get("terminationGracePeriodSeconds") is not None:
            text = "must not be set for readinessProbes"
            where = here.child("terminationGracePeriodSeconds")
            faults.append(field.invalid(where, probe["terminationGracePeriodSeconds"], text))
    return faults


def _probe(probe: Object, path: Path) -> ErrorList:
    faults = _handler(probe, ("exec", "httpGet", "tcpSocket", "grpc"), None, path)
    faults += rules.not_negative(probe, path, *_NUMBERS)
    grace = probe.get("terminationGracePeriodSeconds")
    if grace is not None and grace <= 0:
        faults.append(field.invalid(path.child("terminationGracePeriodSeconds"), grace, "must be greater than 0"))
    return faults


def lifecycle(hooks: Object | None, grace: int | None, path: Path) -> ErrorList:
    """``postStart`` and ``preStop``; ``grace`` is how long the pod has to end."""
    faults: ErrorList = []
    for name in ("postStart", "preStop"):
        hook = (hooks or {}).get(name)
        if hook is not None:
            faults += _handler(hook, ("exec", "httpGet", "tcpSocket", "sleep"), grace, path.child(name))
    return faults


def _handler(holder: Object, kinds: tuple[str, ...], grace: int | None, path: Path) -> ErrorList:
    """The one handler among the fields of a probe or hook."""
    given = [kind for kind in kinds if holder.get(kind) is not None]
    if not given:
        return [field.required(path, "must specify a handler type")]
    first, *others = given
    here = path.child(first)
    faults = _sleep(holder[first], grace, here) if first == "sleep" else _ACTIONS[first](holder[first], here)
    return faults + [field.forbidden(path.child(kind), "may not specify more than 1 handler type") for kind in others]


def _execute(action: Object, path: Path) -> ErrorList:
    return [] if action.get("command") else [field.required(path.child("command"))]


def _get(action: Object, path: Path) -> ErrorList:
    faults = rules.port(path.child("port"), action.get("port"))
    scheme = action.get("scheme", "HTTP")
    if scheme not in ("HTTP", "HTTPS"):
        faults.append(field.not_supported(path.child("scheme"), scheme, ("HTTP", "HTTPS")))
    for header in action.get("httpHeaders") or []:
        name = header.get("name", "")
        faults += rules.told(path.child("httpHeaders"), name, names.is_http_header_name(name))
    return faults


def _port_only(action: Object, path: Path) -> ErrorList:
    return rules.port(path.child("port"), action.get("port"))


def _sleep(action: Object, grace: int | None, path: Path) -> ErrorList:
    seconds = action.get("seconds", 0)
    if grace is not None and not 0 <= seconds <= grace:
        text = f"must be non-negative and less than terminationGracePeriodSeconds ({grace})"
        return [field.invalid(path, seconds, text)]
    return []


_ACTIONS: dict[str, Callable[[Object, Path], ErrorList]] = {
    "exec": _execute,
    "httpGet": _get,
    "tcpSocket": _port_only,
    "grpc": _port_only,
}
