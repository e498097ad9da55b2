"""Rules that the validation of many kinds is put together from; each gives the faults of one value.

Source: apimachinery ``pkg/apis/meta/v1/validation``, ``pkg/util/validation/ip.go``, kubernetes
``pkg/apis/core/validation/validation.go``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable
from typing import Any

from pykubectl.machinery.validation import field, names
from pykubectl.machinery.validation.field import ErrorList, Path
from pykubectl.machinery.values.quantity import Quantity

Object = dict[str, Any]
TextRule = Callable[[str], list[str]]

PROTOCOLS = ("SCTP", "TCP", "UDP")
IMMUTABLE = "field is immutable"

_NEGATIVE = "must be greater than or equal to 0"
_IP = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_CIDR = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"


def told(path: Path | str, value: Any, texts: Iterable[str]) -> ErrorList:
    """One fault for each text."""
    return [field.invalid(path, value, text) for text in texts]


def one_of(path: Path, value: Any, supported: Collection[str]) -> ErrorList:
    """A value that must be there, and be one of a few."""
    if value in (None, ""):
        return [field.required(path)]
    return [] if value in supported else [field.not_supported(path, value, supported)]


def if_set(path: Path, value: Any, supported: Collection[str]) -> ErrorList:
    """A value that may be left out, but else is one of a few."""
    return [] if value is None or value in supported else [field.not_supported(path, value, supported)]


def not_negative(obj: Object, path: Path, *fields: str) -> ErrorList:
    """Numbers from zero."""
    return [
        field.invalid(path.child(name), obj[name], _NEGATIVE)
        for name in fields
        if isinstance(obj.get(name), int) and obj[name] < 0
    ]


def fixed(obj: Object, old: Object, path: Path | None, *fields: str) -> ErrorList:
    """Fields that must be as they were."""
    return [
        field.invalid(path.child(name) if path else name, obj.get(name), IMMUTABLE)
        for name in fields
        if obj.get(name) != old.get(name)
    ]


def named(path: Path, value: str, rule: TextRule = names.is_dns1123_subdomain) -> ErrorList:
    """A name that must be there."""
    return told(path, value, rule(value)) if value else [field.required(path)]


def if_named(path: Path, value: str | None, rule: TextRule = names.is_dns1123_subdomain) -> ErrorList:
    """A name that may be left out."""
    return told(path, value, rule(value)) if value else []


def port(path: Path, value: Any) -> ErrorList:
    """A port's number or name."""
    rule: Callable[[Any], list[str]] = (
        names.is_valid_port_name if isinstance(value, str) else names.is_valid_port_number
    )
    return told(path, value, rule(value if value is not None else 0))


def ip_address(path: Path, value: str) -> ErrorList:
    """An IP address."""
    return [] if _parsed(value) is not None else [field.invalid(path, value, _IP)]


def _parsed(value: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    if "%" in value:
        return None
    try:
        return ipaddress.ip_address(value)
    except ValueError:
        return None


def ordinary_address(path: Path, value: str) -> ErrorList:
    """An address of a host somewhere else: neither unspecified, nor of this host or link."""
    address = _parsed(value)
    if address is None:
        return [field.invalid(path, value, "must be a valid IP address")]
    faults = []
    if address.is_unspecified:
        faults.append(f"may not be unspecified ({value})")
    if address.is_loopback:
        faults.append("may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if address.is_link_local:
        faults.append("may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if any(address in network for network in _LINK_MULTICAST if network.version == address.version):
        faults.append("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)")
    return told(path, value, faults)


_LINK_MULTICAST = (ipaddress.ip_network("224.0.0.0/24"), ipaddress.ip_network("ff02::/16"))


def network(path: Path, value: str, *, strict: bool = False) -> ErrorList:
    """A CIDR; ``strict`` wants the bits of hosts to be zero."""
    address, slash, bits = value.partition("/")
    if not slash or not bits.isdigit() or _parsed(address) is None:
        return [field.invalid(path, value, _CIDR)]
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return [field.invalid(path, value, _CIDR)]
    if strict:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            return [field.invalid(path, value, "must not have bits set beyond the prefix length")]
    return []


def families(values: Iterable[str]) -> list[int]:
    """The IP versions of addresses or networks, those that are none left out."""
    parsed = (_parsed(value.partition("/")[0]) for value in values)
    return [address.version for address in parsed if address is not None]


def descending_path(path: Path, value: str) -> ErrorList:
    """A relative path that stays below where it begins."""
    if value.startswith("/"):
        return [field.invalid(path, value, "must be a relative path")]
    return no_backsteps(path, value)


def no_backsteps(path: Path, value: str) -> ErrorList:
    """A path without ``..``."""
    return [field.invalid(path, value, "must not contain '..'")] if ".." in value.split("/") else []


def labels(values: dict[str, str], path: Path) -> ErrorList:
    """Keys and values of labels."""
    faults: ErrorList = []
    for key, value in values.items():
        faults += told(path, key, names.is_label_key(key))
        faults += told(path, value, names.is_valid_label_value(value))
    return faults


def label_selector(selector: Object | None, path: Path) -> ErrorList:
    """A LabelSelector."""
    if selector is None:
        return []
    faults = labels(selector.get("matchLabels") or {}, path.child("matchLabels"))
    for index, requirement in enumerate(selector.get("matchExpressions") or []):
        faults += _requirement(requirement, path.child("matchExpressions").index(index))
    return faults


_COUNTS = {
    "In": (True, "must be specified when `operator` is 'In' or 'NotIn'"),
    "NotIn": (True, "must be specified when `operator` is 'In' or 'NotIn'"),
    "Exists": (False, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
    "DoesNotExist": (False, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
}


def operator_values(requirement: Object, path: Path) -> ErrorList:
    """Whether a selector's operator is known and has values exactly where it needs some."""
    operator, values = requirement.get("operator", ""), requirement.get("values") or []
    if operator not in _COUNTS:
        return [field.invalid(path.child("operator"), operator, "not a valid selector operator")]
    wanted, text = _COUNTS[operator]
    if wanted and not values:
        return [field.required(path.child("values"), text)]
    return [field.forbidden(path.child("values"), text)] if values and not wanted else []


def _requirement(requirement: Object, path: Path) -> ErrorList:
    faults = operator_values(requirement, path)
    key = requirement.get("key", "")
    faults += told(path.child("key"), key, names.is_label_key(key))
    for index, value in enumerate(requirement.get("values") or []):
        faults += told(path.child("values").index(index), value, names.is_valid_label_value(value))
    return faults


def not_negative_quantity(path: Path, value: Any) -> ErrorList:
    """A quantity from zero."""
    quantity = Quantity.parse(value)
    return [field.invalid(path, str(quantity), _NEGATIVE)] if quantity.sign < 0 else []


def positive_quantity(path: Path, value: Any) -> ErrorList:
    """A quantity above zero."""
    quantity = Quantity.parse(value)
    return [] if quantity.sign > 0 else [field.invalid(path, str(quantity), "must be greater than zero")]


def is_within(inner: str, outer: str) -> bool:
    """Whether a network is part of another one and smaller."""
    small, large = (ipaddress.ip_network(value, strict=False) for value in (inner, outer))
    if isinstance(small, ipaddress.IPv4Network) and isinstance(large, ipaddress.IPv4Network):
        return small != large and small.subnet_of(large)
    if isinstance(small, ipaddress.IPv6Network) and isinstance(large, ipaddress.IPv6Network):
        return small != large and small.subnet_of(large)
    return False
