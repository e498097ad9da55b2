"""Validation of API priority and fairness.

Source: kubernetes ``pkg/apis/flowcontrol/validation/validation.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mini_server.apis import rules
from mini_server.apis.internal import internal
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

_GROUP = "flowcontrol.apiserver.k8s.io"
_SPEC = Path.new("spec")
_SUBJECTS = {"Group": "group", "ServiceAccount": "serviceAccount", "User": "user"}
_MAX_PRECEDENCE = 10000
_MAX_QUEUES = 10_000_000


def _schema(obj: Object) -> ErrorList:
    spec, name = obj.get("spec") or {}, (obj.get("metadata") or {}).get("name", "")
    precedence, where = spec.get("matchingPrecedence") or 0, _SPEC.child("matchingPrecedence")
    faults: ErrorList = []
    if precedence <= 0:
        faults.append(field.invalid(where, precedence, "must be a positive value"))
    if precedence > _MAX_PRECEDENCE:
        faults.append(field.invalid(where, precedence, f"must not be greater than {_MAX_PRECEDENCE}"))
    if precedence == 1 and name != "exempt":
        faults.append(field.invalid(where, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"))
    method = spec.get("distinguisherMethod")
    if method is not None and method.get("type") not in ("ByNamespace", "ByUser"):
        shown = internal("FlowDistinguisherMethod", method)
        path = _SPEC.child("distinguisherMethod", "type")
        faults.append(field.not_supported(path, shown, ("ByNamespace", "ByUser")))
    level = (spec.get("priorityLevelConfiguration") or {}).get("name", "")
    here = _SPEC.child("priorityLevelConfiguration", "name")
    faults += rules.if_named(here, level) if level else [field.required(here, "must reference a priority level")]
    for index, rule in enumerate(spec.get("rules") or []):
        faults += _rule(rule, _SPEC.child("rules").index(index))
    return faults


def _rule(rule: Object, path: Path) -> ErrorList:
    subjects = rule.get("subjects") or []
    faults: ErrorList = []
    if not subjects:
        faults.append(field.required(path.child("subjects"), "subjects must contain at least one value"))
    for index, subject in enumerate(subjects):
        faults += _subject(subject, path.child("subjects").index(index))
    resources, others = rule.get("resourceRules") or [], rule.get("nonResourceRules") or []
    if not resources and not others:
        text = "at least one of resourceRules and nonResourceRules has to be non-empty"
        faults.append(field.required(path, text))
    for name, entries, fields in (
        ("resourceRules", resources, ("verbs", "apiGroups", "resources")),
        ("nonResourceRules", others, ("verbs", "nonResourceURLs")),
    ):
        for index, entry in enumerate(entries):
            faults += [field.required(path.child(name).index(index).child(f)) for f in fields if not entry.get(f)]
    return faults


def _subject(subject: Object, path: Path) -> ErrorList:
    kind = subject.get("kind", "")
    if kind not in _SUBJECTS:
        return [field.not_supported(path.child("kind"), kind, tuple(_SUBJECTS))]
    own, here = subject.get(_SUBJECTS[kind]), path.child(_SUBJECTS[kind])
    if own is None:
        return [field.required(here, f"{_SUBJECTS[kind]} is required when subject kind is '{kind}'")]
    if kind != "ServiceAccount":
        return [] if own.get("name") else [field.required(here.child("name"))]
    name, namespace = own.get("name", ""), own.get("namespace", "")
    faults = [field.required(here.child("name"))] if not name else []
    if name and name != "*":
        faults += rules.told(here.child("name"), name, names.is_dns1123_subdomain(name))
    return faults + rules.named(here.child("namespace"), namespace, names.is_dns1123_label)


def _level(obj: Object) -> ErrorList:
    spec, name = obj.get("spec") or {}, (obj.get("metadata") or {}).get("name", "")
    kind, limited, exempt = spec.get("type", ""), spec.get("limited"), spec.get("exempt")
    faults: ErrorList = []
    if (name == "exempt") != (kind == "Exempt") and kind in ("Exempt", "Limited"):
        text = "must be 'Exempt' if and only if `name` is 'exempt'"
        faults.append(field.invalid(_SPEC.child("type"), kind, text))
    if kind == "Exempt":
        if limited is not None:
            faults.append(field.forbidden(_SPEC.child("limited"), "must be nil if the type is not Limited"))
        return faults + _shares(exempt or {}, _SPEC.child("exempt"))
    if kind != "Limited":
        return [*faults, field.not_supported(_SPEC.child("type"), kind, ("Exempt", "Limited"))]
    if exempt is not None:
        faults.append(field.forbidden(_SPEC.child("exempt"), "must be nil if the type is Limited"))
    if limited is None:
        return [*faults, field.required(_SPEC.child("limited"), "must not be empty when type is Limited")]
    return faults + _limited(limited, _SPEC.child("limited"))


def _shares(limits: Object, path: Path) -> ErrorList:
    faults: ErrorList = []
    shares, lendable = limits.get("nominalConcurrencyShares"), limits.get("lendablePercent")
    if shares is not None and shares < 0:
        faults.append(field.invalid(path.child("nominalConcurrencyShares"), shares, "must be a non-negative integer"))
    if lendable is not None and not 0 <= lendable <= 100:
        faults.append(field.invalid(path.child("lendablePercent"), lendable, "must be between 0 and 100, inclusive"))
    return faults


def _limited(limited: Object, path: Path) -> ErrorList:
    faults = _response(limited.get("limitResponse") or {}, path.child("limitResponse")) + _shares(limited, path)
    borrowing = limited.get("borrowingLimitPercent")
    if borrowing is not None and borrowing < 0:
        where = path.child("borrowingLimitPercent")
        faults.append(field.invalid(where, borrowing, "if specified, must be a non-negative integer"))
    return faults


def _response(response: Object, path: Path) -> ErrorList:
    kind, queuing, here = response.get("type", ""), response.get("queuing"), path.child("queuing")
    if kind == "Reject":
        text = "must be nil if limited.limitResponse.type is not Limited"
        return [] if queuing is None else [field.forbidden(here, text)]
    if kind != "Queue":
        return [field.not_supported(path.child("type"), kind, ("Queue", "Reject"))]
    if queuing is None:
        return [field.required(here, "must not be empty if limited.limitResponse.type is Limited")]
    queues, hand = queuing.get("queues", 0), queuing.get("handSize", 0)
    faults: ErrorList = []
    if queues <= 0:
        faults.append(field.invalid(here.child("queues"), queues, "must be positive"))
    elif queues > _MAX_QUEUES:
        text = f"must not be greater than {_MAX_QUEUES}"
        faults.append(field.invalid(here.child("queues"), queues, text))
    length = queuing.get("queueLengthLimit", 0)
    if length <= 0:
        faults.append(field.invalid(here.child("queueLengthLimit"), length, "must be positive"))
    if hand <= 0:
        faults.append(field.invalid(here.child("handSize"), hand, "must be positive"))
    elif hand > queues:
        text = f"should not be greater than queues ({queues})"
        faults.append(field.invalid(here.child("handSize"), hand, text))
    return faults


CREATE: dict[tuple[str, str], Callable[[Object], ErrorList]] = {
    (_GROUP, "FlowSchema"): _schema,
    (_GROUP, "PriorityLevelConfiguration"): _level,
}
