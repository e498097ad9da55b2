"""Labels and annotations from ``key=value`` and ``key-`` arguments.

Source: kubectl ``pkg/cmd/label/label.go``, ``pkg/cmd/annotate/annotate.go``.
"""

from __future__ import annotations

from typing import NamedTuple

from pykubectl.cli.errors import CommandError


class Changes(NamedTuple):
    """What to set and what to remove."""

    new: dict[str, str]
    removed: list[str]


def split(args: list[str]) -> tuple[list[str], list[str]]:
    """Resources first, then pairs. Raises CommandError where they are mixed."""
    resources: list[str] = []
    pairs: list[str] = []
    for arg in args:
        is_pair = "=" in arg or (arg.endswith("-") and arg != "-")
        if is_pair:
            pairs.append(arg)
        elif pairs:
            raise CommandError("all resources must be specified before label changes: " + arg)
        else:
            resources.append(arg)
    return resources, pairs


def changes(pairs: list[str], noun: str) -> Changes:
    """Reads pairs. Raises CommandError on one that sets and removes a key, or names no key."""
    new: dict[str, str] = {}
    removed: list[str] = []
    for pair in pairs:
        if "=" in pair:
            key, _, value = pair.partition("=")
            if not key:
                raise CommandError(f"invalid {noun} spec: {pair}")
            new[key] = value
        else:
            removed.append(pair[:-1])
    for key in removed:
        if key in new:
            shown = "a label" if noun == "label" else "an annotation"
            raise CommandError(f"can not both modify and remove {shown} in the same command")
    return Changes(new, removed)


def conflicting(existing: dict[str, str], wanted: Changes) -> str | None:
    """A key that has another value already."""
    for key, value in wanted.new.items():
        if key in existing and existing[key] != value:
            return key
    return None


def patch(field: str, wanted: Changes, version: str = "") -> dict[str, object]:
    """The merge patch; with ``version`` it holds for that version of the object only."""
    values: dict[str, str | None] = {**wanted.new, **dict.fromkeys(wanted.removed)}
    return {"metadata": {field: values, **({"resourceVersion": version} if version else {})}}
