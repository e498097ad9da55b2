"""Taints and tolerations.

Source: ``component-helpers/scheduling/corev1/helpers.go``, ``k8s.io/api/core/v1/toleration.go``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pykubectl.machinery.gostrings import parse_int

Object = dict[str, Any]


def tolerates(toleration: Object, taint: Object) -> bool:
    """Whether one toleration covers a taint."""
    if toleration.get("effect") and toleration["effect"] != taint.get("effect"):
        return False
    if toleration.get("key") and toleration["key"] != taint.get("key"):
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    if operator == "Equal":
        return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")
    return _compares(operator, toleration.get("value", ""), taint.get("value", ""))


def _compares(operator: str, bound: str, value: str) -> bool:
    try:
        return parse_int(value) > parse_int(bound) if operator == "Gt" else parse_int(value) < parse_int(bound)
    except ValueError:
        return False


def tolerates_taint(tolerations: Iterable[Object], taint: Object) -> bool:
    """Whether some toleration covers a taint."""
    return any(tolerates(toleration, taint) for toleration in tolerations)
