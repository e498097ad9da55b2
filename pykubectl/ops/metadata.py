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


def split(args: list[str], noun: str = "label") -> tuple[list[str], list[str]]:
    """Resources first, then pairs. Raises CommandError where they are mixed."""
    resources: list[str] = []
    pairs: list[str] = []
    for arg in args:
        if ("=" in arg and not arg.startswith("=")) or (arg.endswith("-") and arg != "-"):
            pairs.append(arg)
        elif pairs:
            raise CommandError(f"all resources must be specified before {noun} changes: {arg}")
        else:
            resources.append(arg)
    return resources, pairs


def changes(pairs: list[str], noun: str) -> Changes:
    """Reads pairs. Raises CommandError on one that sets and removes a key; a label's value has no ``=``."""
    new: dict[str, str] = {}
    removed: list[str] = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            removed.append(pair[:-1])
        elif noun == "label" and "=" in value:
            raise CommandError(f"invalid label spec: {pair}")
        else:
            new[key] = value
    both = [key for key in removed if key in new]
    if both and noun == "label":
        raise CommandError("can not both modify and remove a label in the same command")
    if both:
        text = "can not both modify and remove the following annotation(s) in the same command"
        raise CommandError(f"{text}: {', '.join(both)}")
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
