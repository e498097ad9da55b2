"""What the arguments of a command name: ``TYPE[,TYPE...] [NAME...]`` or ``TYPE/NAME...``.

Source: cli-runtime ``pkg/resource/builder.go`` ResourceTypeOrNameArgs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class BuilderError(Exception):
    """Arguments that do not name objects; the text is kubectl's."""


class Arguments(NamedTuple):
    """Types, with names that belong to the only one of them; or pairs of a type and a name."""

    types: list[str]
    names: list[str]
    pairs: list[tuple[str, str]]


_MIXED = (
    "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form "
    "(e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'"
)


def parse(args: Sequence[str]) -> Arguments:
    """Raises BuilderError."""
    if not args:
        return Arguments([], [], [])
    types = list(dict.fromkeys(args[0].split(",")))
    if len(args) > 1 and len(types) > 1 and "/" not in args[0]:
        # "pods,services a b" asks for both names in both types.
        args = [f"{kind}/{name}" for kind in types for name in args[1:]]
    if not any("/" in arg for arg in args):
        return Arguments(types, list(args[1:]), [])
    if not all("/" in arg for arg in args):
        raise BuilderError(_MIXED)
    return Arguments([], [], [_pair(arg) for arg in args])


def _pair(arg: str) -> tuple[str, str]:
    kind, _, name = arg.partition("/")
    if "/" in name:
        raise BuilderError("arguments in resource/name form may not have more than one slash")
    if not kind or not name or "," in kind:
        raise BuilderError("arguments in resource/name form must have a single resource and name")
    return kind, name
