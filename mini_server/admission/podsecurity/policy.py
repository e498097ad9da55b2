"""Levels and versions, the labels of namespaces that choose them, and what pods of a level violate.

Source: ``k8s.io/pod-security-admission/api``, ``policy/registry.go``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mini_server.admission.podsecurity.checks import BASELINE, RESTRICTED, Fault
from pykubectl.machinery.validation import field
from pykubectl.machinery.validation.field import ErrorList, Path

Object = dict[str, Any]

PREFIX = "pod-security.kubernetes.io/"
LEVELS = ("privileged", "baseline", "restricted")
_LATEST = 10_000
_VERSION = re.compile(r"v1\.(0|[1-9][0-9]{0,3})")


class Policy(NamedTuple):
    """A level in the state of a minor version."""

    level: str = "privileged"
    version: str = "latest"

    def __str__(self) -> str:
        return f"{self.level}:{self.version}"

    @property
    def minor(self) -> int:
        """The minor version as a number, larger than any for the latest."""
        return _LATEST if self.version == "latest" else int(self.version.removeprefix("v1."))

    @property
    def strictness(self) -> int:
        """Greater is stricter."""
        return LEVELS.index(self.level)

    def faults(self, pod: Object) -> list[Fault]:
        """What a pod violates; those of the baseline first."""
        if self.level == "privileged":
            return []
        checks = [(name, check) for name, check in BASELINE.items() if check.since <= self.minor]
        if self.level == "restricted":
            stricter = [(name, check) for name, check in RESTRICTED.items() if check.since <= self.minor]
            replaced = {check.replaces for _, check in stricter}
            checks = [(name, check) for name, check in checks if name not in replaced] + stricter
        found = (check.look(pod, self.minor) for _, check in checks)
        return [fault for fault in found if fault is not None]


class Policies(NamedTuple):
    """What a namespace's labels ask for."""

    enforce: Policy
    warn: Policy


def policies(labels: Mapping[str, str]) -> Policies:
    """Of labels that are no good the strictest reading counts. Warnings are as strict as what is enforced."""
    enforce = _policy(labels, "enforce", "restricted")
    warn = _policy(labels, "warn", "privileged")
    if f"{PREFIX}warn" not in labels and enforce.strictness > warn.strictness:
        warn = enforce
    return Policies(enforce, warn)


def _policy(labels: Mapping[str, str], mode: str, otherwise: str) -> Policy:
    level = labels.get(PREFIX + mode, "privileged")
    version = labels.get(f"{PREFIX}{mode}-version", "latest")
    return Policy(level if level in LEVELS else otherwise, version if _is_version(version) else "latest")


def _is_version(text: str) -> bool:
    return text == "latest" or _VERSION.fullmatch(text) is not None


def label_faults(labels: Mapping[str, str]) -> ErrorList:
    """Labels that name no level or version."""
    faults: ErrorList = []
    for mode in ("enforce", "audit", "warn"):
        for name, text, good in (
            (f"{PREFIX}{mode}", f"must be one of {', '.join(LEVELS)}", lambda value: value in LEVELS),
            (f"{PREFIX}{mode}-version", 'must be "latest" or "v1.x"', _is_version),
        ):
            value = labels.get(name)
            if value is not None and not good(value):
                faults.append(field.invalid(Path.new("metadata", "labels").key(name), value, text))
    return faults


def described(faults: list[Fault]) -> str:
    """Reasons with their details."""
    return ", ".join(f"{fault.reason} ({fault.detail})" for fault in faults)


def reasons(faults: list[Fault]) -> str:
    """Reasons alone."""
    return ", ".join(fault.reason for fault in faults)
