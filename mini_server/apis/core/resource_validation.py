"""Validation of resource names and quantities: what containers ask for, limit ranges, quotas.

Source: kubernetes ``pkg/apis/core/validation/validation.go``, ``pkg/apis/core/helper/helpers.go``.
"""

from __future__ import annotations

from typing import Any

from mini_server.apis import rules
from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]

_COUNTED = frozenset(
    (
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    )
)
_OF_CONTAINERS = frozenset(("cpu", "memory", "ephemeral-storage"))
_ASKED = frozenset(f"{kind}.{name}" for kind in ("requests", "limits") for name in _OF_CONTAINERS)
_OF_QUOTAS = _COUNTED | _OF_CONTAINERS | _ASKED | {"requests.storage"}
_STANDARD = _OF_QUOTAS | {"storage"}

_HUGE = "hugepages-"


def is_native(name: str) -> bool:
    """Kubernetes' own, with or without its domain."""
    return "/" not in name or "kubernetes.io/" in name


def is_extended(name: str) -> bool:
    """Advertised by nodes, such as devices of a vendor."""
    return not is_native(name) and not name.startswith("requests.") and not names.is_qualified_name(f"requests.{name}")


def _may_overcommit(name: str) -> bool:
    return is_native(name) and not name.startswith(_HUGE)


def _is_quota_name(name: str) -> bool:
    return name in _OF_QUOTAS or name.startswith((_HUGE, f"requests.{_HUGE}"))


def _resource_name(name: str, path: Path) -> ErrorList:
    faults = rules.told(path, name, names.is_qualified_name(name))
    if faults or "/" in name or name in _STANDARD or name.startswith((_HUGE, f"requests.{_HUGE}")):
        return faults
    return [field.invalid(path, name, "must be a standard resource type or fully qualified")]


def _container_resource_name(name: str, path: Path) -> ErrorList:
    if name in _OF_CONTAINERS:
        return []
    faults = _resource_name(name, path)
    if "/" not in name:
        if not name.startswith(_HUGE):
            faults.append(field.invalid(path, name, "must be a standard resource for containers"))
    elif not is_native(name) and not is_extended(name):
        faults.append(field.invalid(path, name, "doesn't follow extended resource name standard"))
    return faults


def _quota_resource_name(name: str, path: Path) -> ErrorList:
    faults = _resource_name(name, path)
    if "/" not in name and not _is_quota_name(name):
        faults.append(field.invalid(path, name, "must be a standard resource for quota"))
    return faults


def quantity_value(name: str, value: Any, path: Path) -> ErrorList:
    """A quantity from zero, which for things that are counted is a whole number."""
    faults = rules.not_negative_quantity(path, value)
    if name in _COUNTED or is_extended(name):
        quantity = Quantity.parse(value)
        if quantity.milli_value() % 1000:
            faults.append(field.invalid(path, str(quantity), "must be an integer"))
    return faults


def requirements(resources: Object, path: Path, claims: frozenset[str] = frozenset()) -> ErrorList:
    """What a container asks for; ``claims`` are the names of its pod's resource claims."""
    if not resources:
        return []
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    faults: ErrorList = []
    for name, value in limits.items():
        faults += _amount(name, value, path.child("limits").key(name))
    for name, value in requests.items():
        faults += _amount(name, value, path.child("requests").key(name))
        faults += _within_limit(name, value, limits, path)
    together = {*limits, *requests}
    if any(name.startswith(_HUGE) for name in together) and together.isdisjoint(("cpu", "memory")):
        faults.append(field.forbidden(path, "HugePages require cpu or memory"))
    return faults + _claims(resources.get("claims") or [], claims, path.child("claims"))


def _amount(name: str, value: Any, path: Path) -> ErrorList:
    faults = _container_resource_name(name, path) + quantity_value(name, value, path)
    if name.startswith(_HUGE):
        quantity = Quantity.parse(value)
        try:
            page = Quantity.parse(name.removeprefix(_HUGE))
        except ValueError:
            page = Quantity(0)
        if quantity.sign <= 0 or page.sign <= 0 or quantity.nanos % page.nanos:
            text = f"{quantity} is not positive integer multiple of {name}"
            faults.append(field.invalid(path, str(quantity), text))
    return faults


def _within_limit(name: str, value: Any, limits: Object, path: Path) -> ErrorList:
    if name not in limits:
        if _may_overcommit(name):
            return []
        return [field.required(path.child("limits"), "Limit must be set for non overcommitable resources")]
    asked, limit = Quantity.parse(value), Quantity.parse(limits[name])
    if asked != limit and not _may_overcommit(name):
        text = f"must be equal to {name} limit of {limit}"
    elif asked > limit:
        text = f"must be less than or equal to {name} limit of {limit}"
    else:
        return []
    return [field.invalid(path.child("requests"), str(asked), text)]


def _claims(claims: list[Object], known: frozenset[str], path: Path) -> ErrorList:
    faults: ErrorList = []
    seen: set[str] = set()
    for index, claim in enumerate(claims):
        here, name, request = path.index(index), claim.get("name", ""), claim.get("request", "")
        if not name:
            faults.append(field.required(here))
            continue
        key = f"{name}/{request}" if request else name
        faults += rules.if_named(here.child("request"), request, names.is_dns1123_label)
        if name in seen or key in seen:
            faults.append(field.duplicate(here, name if name in seen else key))
        elif not request and any(other.startswith(f"{name}/") for other in seen):
            faults.append(field.duplicate(here, name))
        seen.add(key)
        if name not in known:
            fault = field.not_found(here, name)
            listed = f": {', '.join(sorted(known))}" if known else " which is empty"
            fault.detail = f"must be one of the names in pod.spec.resourceClaims{listed}"
            faults.append(fault)
    return faults


# Limit ranges

_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
# One field's value may not be above another's: fields, and whose value the fault shows.
_ORDERED = (
    ("min", "max", "min", "min"),
    ("min", "defaultRequest", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "max", "defaultRequest", "defaultRequest"),
    ("defaultRequest", "default", "defaultRequest", "defaultRequest"),
    ("min", "default", "default", "min"),
    ("default", "max", "default", "max"),
)
_TITLES = {"min": "min", "max": "max", "default": "default", "defaultRequest": "default request"}


def limit_range(obj: Object) -> ErrorList:
    """A LimitRange."""
    faults: ErrorList = []
    seen: set[str] = set()
    for index, limit in enumerate((obj.get("spec") or {}).get("limits") or []):
        path, kind = Path.new("spec", "limits").index(index), limit.get("type", "")
        known = rules.told(path.child("type"), kind, names.is_qualified_name(kind))
        if not known and "/" not in kind and kind not in _LIMIT_TYPES:
            known.append(field.invalid(path.child("type"), kind, "must be a standard limit type or fully qualified"))
        faults += known
        if kind in seen:
            faults.append(field.duplicate(path.child("type"), kind))
        seen.add(kind)
        faults += _limit_names(limit, kind, path)
        amounts = {
            name: {key: Quantity.parse(value) for key, value in (limit.get(name) or {}).items()}
            for name in (*_TITLES, "maxLimitRequestRatio")
        }
        for key in sorted(set().union(*amounts.values())):
            faults += _limit_order(key, amounts, path)
    return faults


def _limit_names(limit: Object, kind: str, path: Path) -> ErrorList:
    rule = _container_resource_name if kind in ("Pod", "Container") else _resource_name
    faults: ErrorList = []
    for name in ("max", "min", "default", "defaultRequest"):
        if kind == "Pod" and name.startswith("default"):
            if limit.get(name):
                faults.append(field.forbidden(path.child(name), "may not be specified when `type` is 'Pod'"))
            continue
        for key in limit.get(name) or {}:
            faults += rule(key, path.child(name).key(key))
    if kind == "PersistentVolumeClaim" and not any("storage" in (limit.get(name) or {}) for name in ("min", "max")):
        text = "either minimum or maximum storage value is required, but neither was provided"
        faults.append(field.required(path.child("limits"), text))
    for key in limit.get("maxLimitRequestRatio") or {}:
        faults += rule(key, path.child("maxLimitRequestRatio").key(key))
    return faults


def _limit_order(key: str, amounts: dict[str, dict[str, Quantity]], path: Path) -> ErrorList:
    faults: ErrorList = []
    for low, high, at, shown in _ORDERED:
        lower, upper = amounts[low].get(key), amounts[high].get(key)
        if lower is not None and upper is not None and lower > upper:
            title = "default limit" if (low, high) == ("defaultRequest", "default") else _TITLES[high]
            text = f"{_TITLES[low]} value {lower} is greater than {title} value {upper}"
            faults.append(field.invalid(path.child(at).key(key), str(amounts[shown][key]), text))
    ratio = amounts["maxLimitRequestRatio"].get(key)
    where = path.child("maxLimitRequestRatio").key(key)
    if ratio is not None and ratio < Quantity.of(1):
        faults.append(field.invalid(where, str(ratio), f"ratio {ratio} is less than 1"))
    low_amount, high_amount = amounts["min"].get(key), amounts["max"].get(key)
    if ratio is not None and low_amount is not None and high_amount is not None and low_amount.sign:
        limit = high_amount.nanos / low_amount.nanos
        if ratio.as_float() > limit:
            text = f"ratio {ratio} is greater than max/min = {limit:f}"
            faults.append(field.invalid(where, str(ratio), text))
    default, request = amounts["default"].get(key), amounts["defaultRequest"].get(key)
    if not _may_overcommit(key) and default is not None and request is not None and default != request:
        text = f"default value {default} must equal to defaultRequest value {request} in {key}"
        faults.append(field.invalid(path.child("defaultRequest").key(key), str(request), text))
    return faults


# Quotas

_COMPUTE = frozenset(("pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"))
_SCOPED = {
    "Terminating": _COMPUTE,
    "NotTerminating": _COMPUTE,
    "NotBestEffort": _COMPUTE,
    "PriorityClass": _COMPUTE,
    "CrossNamespacePodAffinity": _COMPUTE,
    "BestEffort": frozenset(("pods",)),
    "VolumeAttributesClass": frozenset(("persistentvolumeclaims", "requests.storage")),
}
_WITHOUT_VALUES = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
_CONFLICTING = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_EXISTS_ONLY = (
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)


def resource_quota(obj: Object) -> ErrorList:
    """A ResourceQuota."""
    spec, path = obj.get("spec") or {}, Path.new("spec")
    faults: ErrorList = []
    hard = spec.get("hard") or {}
    for name, value in hard.items():
        here = path.child("hard").key(name)
        faults += _quota_resource_name(name, here) + quantity_value(name, value, here)
    limited = [name for name in sorted(hard) if _is_quota_name(name)]
    scopes = spec.get("scopes") or []
    for scope in scopes:
        faults += _scope(scope, limited, path.child("scopes"), scopes)
    faults += _conflicts(scopes, path.child("scopes"), scopes)
    selector = spec.get("scopeSelector") or {}
    requirements = selector.get("matchExpressions") or []
    for requirement in requirements:
        faults += _scope_requirement(requirement, limited, selector, path.child("scopeSelector", "matchExpressions"))
    named = [requirement.get("scopeName") for requirement in requirements]
    return faults + _conflicts(named, path.child("scopeSelector", "matchExpressions"), scopes)


def _scope(scope: str, limited: list[str], path: Path, shown: Any, unknown: Path | None = None) -> ErrorList:
    faults: ErrorList = []
    if scope not in _SCOPED:
        faults.append(field.invalid(unknown or path, scope if unknown else shown, "unsupported scope"))
    applied = _SCOPED.get(scope)
    for name in limited:
        if applied is not None and name not in applied:
            faults.append(field.invalid(path, shown, "unsupported scope applied to resource"))
    return faults


def _conflicts(scopes: list[Any], path: Path, shown: Any) -> ErrorList:
    return [field.invalid(path, shown, "conflicting scopes") for pair in _CONFLICTING if set(pair) <= set(scopes)]


def _scope_requirement(requirement: Object, limited: list[str], selector: Object, path: Path) -> ErrorList:
    scope, operator = requirement.get("scopeName", ""), requirement.get("operator", "")
    values = requirement.get("values") or []
    faults = _scope(scope, limited, path, selector, path.child("scopeName"))
    if scope in _WITHOUT_VALUES and operator != "Exists":
        faults.append(field.invalid(path.child("operator"), operator, _EXISTS_ONLY))
    if operator in ("In", "NotIn"):
        if not values:
            text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            faults.append(field.required(path.child("values"), text))
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            faults.append(field.invalid(path.child("values"), values, text))
    else:
        faults.append(field.invalid(path.child("operator"), operator, "not a valid selector operator"))
    return faults


def resource_quota_update(obj: Object, old: Object) -> ErrorList:
    """Scopes stay."""
    scopes = (obj.get("spec") or {}).get("scopes") or []
    if set(scopes) != set((old.get("spec") or {}).get("scopes") or []):
        return [field.invalid("spec.scopes", scopes, rules.IMMUTABLE)]
    return []
