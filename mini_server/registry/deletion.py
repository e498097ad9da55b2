"""Deletion by steps: grace periods and finalizers.

Source: apiserver ``pkg/registry/rest/delete.go`` and ``pkg/registry/generic/registry/store.go``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from mini_server.registry.context import DeleteOptions
from mini_server.registry.strategy import Strategy
from pykubectl.machinery.values.time import format_time, parse_time

Object = dict[str, Any]

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"


class DeletionDecision(NamedTuple):
    """What keeps an object (None: nothing, it can go at once), and whether its deletion has begun unchanged before."""

    pending: str | None
    already_pending: bool = False


def decide(strategy: Strategy, obj: Object, options: DeleteOptions) -> DeletionDecision:
    """Whether an object goes at once or is only marked."""
    meta = obj["metadata"]
    if meta.get("deletionTimestamp"):
        asked, held = options.grace_period_seconds, int(meta.get("deletionGracePeriodSeconds") or 0)
        if strategy.stays_marked:
            return DeletionDecision(None) if is_finished(obj) else DeletionDecision("goes on", already_pending=True)
        if held:
            # All that can still change is that it goes sooner.
            return DeletionDecision("goes on", already_pending=asked is None or asked >= held)
        return DeletionDecision("goes on" if meta.get("finalizers") or _finalizers(strategy, obj, options) else None)
    if strategy.ends_gracefully or strategy.stays_marked or _finalizers(strategy, obj, options):
        return DeletionDecision("begins")
    return DeletionDecision(None)


def mark(strategy: Strategy, obj: Object, options: DeleteOptions, now: datetime) -> Object:
    """The object with the time of its deletion and the finalizers that the propagation policy asks for."""
    meta = obj["metadata"]
    if meta.get("deletionTimestamp"):
        grace, before = options.grace_period_seconds or 0, int(meta.get("deletionGracePeriodSeconds") or 0)
        if grace < before:
            ends = parse_time(meta["deletionTimestamp"]) - timedelta(seconds=before - grace)
            meta["deletionTimestamp"] = format_time(ends)
            meta["deletionGracePeriodSeconds"] = grace
    else:
        grace = strategy.default_grace_period(obj, options) or 0
        meta["deletionTimestamp"] = format_time(now + timedelta(seconds=grace))
        meta["deletionGracePeriodSeconds"] = grace
        if "generation" in meta:
            meta["generation"] += 1
    finalizers = _finalizers(strategy, obj, options)
    if finalizers:
        meta["finalizers"] = finalizers
    else:
        meta.pop("finalizers", None)
    strategy.begin_deletion(obj)
    return obj


def is_finished(obj: Object) -> bool:
    """Being deleted with nothing left to wait for."""
    meta = obj["metadata"]
    if not meta.get("deletionTimestamp") or meta.get("finalizers"):
        return False
    if obj.get("spec", {}).get("finalizers") and obj.get("kind") == "Namespace":
        return False
    return int(meta.get("deletionGracePeriodSeconds") or 0) == 0


def _finalizers(strategy: Strategy, obj: Object, options: DeleteOptions) -> list[str]:
    """The finalizers after the options are taken into account."""
    current = list(obj["metadata"].get("finalizers") or [])
    orphan, foreground = _policy(strategy, current, options)
    kept = [name for name in current if name not in (ORPHAN, FOREGROUND)]
    if orphan:
        kept.append(ORPHAN)
    if foreground:
        kept.append(FOREGROUND)
    return current if sorted(kept) == sorted(current) else kept


def _policy(strategy: Strategy, current: list[str], options: DeleteOptions) -> tuple[bool, bool]:
    """Whether the orphan and the foreground finalizer are to be there."""
    if options.orphan_dependents is not None:
        return options.orphan_dependents, False
    if options.propagation_policy is not None:
        return options.propagation_policy == "Orphan", options.propagation_policy == "Foreground"
    if ORPHAN in current or FOREGROUND in current:
        return ORPHAN in current, FOREGROUND in current
    return strategy.orphans_by_default, False
