"""How endpoints are spread over slices, with as few writes as can be.

Source: kubernetes ``staging/src/k8s.io/endpointslice/reconciler.go`` reconcileByPortMapping.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

Object = dict[str, Any]

MAX_ENDPOINTS = 100


@dataclass(slots=True)
class Plan:
    """Lists of endpoints to make slices of; slices with their new endpoints; slices to be rid of."""

    create: list[list[Object]] = field(default_factory=list)
    update: list[tuple[Object, list[Object]]] = field(default_factory=list)
    delete: list[Object] = field(default_factory=list)
    # Slices whose endpoints stay as they are.
    keep: list[Object] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class _Slice:
    stored: Object
    endpoints: list[Object]
    changed: bool


def spread(existing: Iterable[Object], desired: Iterable[Object]) -> Plan:
    """Every endpoint stays in its slice; new ones fill slices that change anyway, then the one they fit best."""
    missing = {identity(endpoint): endpoint for endpoint in desired}
    slices = [_kept(endpoint_slice, missing) for endpoint_slice in existing]
    emptied = [s for s in slices if s.changed and not s.endpoints]
    slices = [s for s in slices if s not in emptied]
    left = list(missing.values())
    for one in sorted((s for s in slices if s.changed), key=lambda s: -len(s.endpoints)):
        left = _fill(one, left)
    fresh: list[_Slice] = []
    while left:
        target = _best_fit(slices, len(left))
        if target is None:
            target = _Slice({}, [], True)
            fresh.append(target)
        left = _fill(target, left)
    return Plan(
        create=[s.endpoints for s in fresh],
        update=[(s.stored, s.endpoints) for s in slices if s.changed],
        delete=[s.stored for s in emptied],
        keep=[s.stored for s in slices if not s.changed],
    )


def identity(endpoint: Object) -> tuple[Any, ...]:
    """What makes two endpoints the same one, whatever has become of it."""
    target = endpoint.get("targetRef") or {}
    return (
        *sorted(endpoint["addresses"]),
        endpoint.get("hostname", ""),
        target.get("namespace", ""),
        target.get("name", ""),
        target.get("uid", ""),
        endpoint.get("nodeName", ""),
    )


def _kept(endpoint_slice: Object, missing: dict[tuple[Any, ...], Object]) -> _Slice:
    """A slice with those of its endpoints that are wanted, as they are wanted; these are no longer missing."""
    stored = endpoint_slice.get("endpoints") or []
    kept = [wanted for old in stored if (wanted := missing.pop(identity(old), None)) is not None]
    return _Slice(endpoint_slice, kept, kept != stored)


def _fill(target: _Slice, endpoints: list[Object]) -> list[Object]:
    room = MAX_ENDPOINTS - len(target.endpoints)
    if endpoints and room > 0:
        target.endpoints = [*target.endpoints, *endpoints[:room]]
        target.changed = True
        return endpoints[room:]
    return endpoints


def _best_fit(slices: list[_Slice], count: int) -> _Slice | None:
    """The unchanged slice that is fullest of those that have room for all."""
    fitting = [s for s in slices if not s.changed and len(s.endpoints) + count <= MAX_ENDPOINTS]
    return max(fitting, key=lambda s: len(s.endpoints), default=None)
