"""Names of API kinds and resources.

Source of the textual forms: apimachinery ``pkg/runtime/schema``.
"""

from __future__ import annotations

from typing import NamedTuple


class GroupVersion(NamedTuple):
    """An API group and a version; the core group is ``""``."""

    group: str
    version: str

    def __str__(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @classmethod
    def parse(cls, text: str) -> GroupVersion:
        """``apps/v1`` or ``v1``. Raises ValueError where there is more than one slash."""
        if not text or text == "/":
            return cls("", "")
        parts = text.split("/")
        if len(parts) == 1:
            return cls("", parts[0])
        if len(parts) == 2:
            return cls(parts[0], parts[1])
        raise ValueError(f"unexpected GroupVersion string: {text}")

    def kind(self, kind: str) -> GroupVersionKind:
        """The kind of that name in this group and version."""
        return GroupVersionKind(self.group, self.version, kind)

    def resource(self, resource: str) -> GroupVersionResource:
        """The resource of that plural name in this group and version."""
        return GroupVersionResource(self.group, self.version, resource)


class GroupKind(NamedTuple):
    """A kind, whatever its version."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind


class GroupResource(NamedTuple):
    """A resource (plural name), whatever its version."""

    group: str
    resource: str

    def __str__(self) -> str:
        return f"{self.resource}.{self.group}" if self.group else self.resource


class GroupVersionKind(NamedTuple):
    """The full name of a kind."""

    group: str
    version: str
    kind: str

    def __str__(self) -> str:
        return f"{self.group}/{self.version}, Kind={self.kind}"

    @property
    def group_version(self) -> GroupVersion:
        """Group and version without the kind."""
        return GroupVersion(self.group, self.version)

    @property
    def group_kind(self) -> GroupKind:
        """Group and kind without the version."""
        return GroupKind(self.group, self.kind)

    @property
    def api_version(self) -> str:
        """The value of an object's ``apiVersion``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @classmethod
    def from_api_version(cls, api_version: str, kind: str) -> GroupVersionKind:
        """From an object's ``apiVersion`` and ``kind``. Raises ValueError on a malformed apiVersion."""
        group, version = GroupVersion.parse(api_version)
        return cls(group, version, kind)


class GroupVersionResource(NamedTuple):
    """The full name of a resource."""

    group: str
    version: str
    resource: str

    def __str__(self) -> str:
        return f"{self.group}/{self.version}, Resource={self.resource}"

    @property
    def group_version(self) -> GroupVersion:
        """Group and version without the resource."""
        return GroupVersion(self.group, self.version)

    @property
    def group_resource(self) -> GroupResource:
        """Group and resource without the version."""
        return GroupResource(self.group, self.resource)
