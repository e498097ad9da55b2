"""A column of a Table."""

from __future__ import annotations

from typing import Any, NamedTuple


class Column(NamedTuple):
    """``priority`` 0 is always shown, 1 with ``-o wide``."""

    name: str
    type: str = "string"
    priority: int = 0
    format: str = ""
    description: str = ""

    def definition(self) -> dict[str, Any]:
        """As a TableColumnDefinition."""
        return {
            "name": self.name,
            "type": self.type,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        }


NAME = Column(
    "Name",
    format="name",
    description="Name must be unique within a namespace. Is required when creating resources, although some resources "
    "may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for "
    "creation idempotence and configuration definition. Cannot be updated. More info: "
    "https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names",
)
AGE = Column(
    "Age",
    description="CreationTimestamp is a timestamp representing the server time when this object was created. It is not "
    "guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is "
    "represented in RFC3339 form and is in UTC. Populated by the system. Read-only. Null for lists. More info: "
    "https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata",
)

# What resources without columns of their own have beside the name.
CREATED_AT = Column("Created At", "date", description=AGE.description)


def text(*names: str) -> tuple[Column, ...]:
    """Columns that are always shown."""
    return tuple(Column(name) for name in names)


def wide(*names: str) -> tuple[Column, ...]:
    """Columns of ``-o wide``."""
    return tuple(Column(name, priority=1) for name in names)


def numbers(*names: str) -> tuple[Column, ...]:
    """Number columns that are always shown."""
    return tuple(Column(name, "integer") for name in names)
