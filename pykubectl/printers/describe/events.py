"""Events of an object, as a table.

Source: kubectl ``pkg/describe/describe.go`` DescribeEvents, searchEvents.
"""

from __future__ import annotations

from typing import Any

from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.printers.describe.common import Reader, dig, rows, since
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

EVENTS = GroupVersionResource("", "v1", "events")
MIRROR = "kubernetes.io/config.mirror"


def events_of(obj: Object, reader: Reader) -> list[Object]:
    """What is recorded about an object; nothing where that may not be read."""
    uid = dig(obj, "metadata.uid", "")
    if obj["kind"] == "Pod":
        uid = dig(obj, "metadata.annotations", {}).get(MIRROR, uid)
        return _search(obj, "", uid, reader)
    found = _search(obj, obj["kind"], uid, reader)
    if obj["kind"] == "Node":
        # Kubelets name their node by its name in place of its uid.
        found += _search(obj, obj["kind"], obj["metadata"]["name"], reader)
    return found


def _search(obj: Object, kind: str, uid: str, reader: Reader) -> list[Object]:
    namespace = dig(obj, "metadata.namespace", "")
    wanted = {"name": obj["metadata"]["name"], "namespace": namespace, "kind": kind, "uid": uid}
    optional = ("kind", "uid")
    fields = [f"involvedObject.{key}={value}" for key, value in wanted.items() if value or key not in optional]
    try:
        return reader.list(EVENTS, namespace, fields=",".join(fields))
    except StatusError:
        return []


def describe_events(w: Writer, events: list[Object], reader: Reader) -> None:
    """The table, in the order of last occurrence."""
    if not events:
        w.field(0, "Events", "<none>")
        return
    w.flush()
    w.line(0, "Events:")
    ordered = sorted(events, key=lambda e: e.get("lastTimestamp") or "")
    lines = (_row(event, reader) for event in ordered)
    rows(w, 1, "Type|Reason|Age|From|Message", lines, rule="----|------|----|----|-------")


def _row(event: Object, reader: Reader) -> tuple[str, ...]:
    message = (event.get("message") or "").strip()
    path = dig(event, "involvedObject.fieldPath", "")
    source = dig(event, "source.component", "") or event.get("reportingComponent") or ""
    return (
        event.get("type") or "",
        event.get("reason") or "",
        _interval(event, reader),
        source,
        f"{path}: {message}" if path else message,
    )


def _interval(event: Object, reader: Reader) -> str:
    first = since(event.get("eventTime") or event.get("firstTimestamp"), reader)
    series = event.get("series")
    if series:
        return f"{since(series.get('lastObservedTime'), reader)} (x{series.get('count', 0)} over {first})"
    if (event.get("count") or 0) > 1:
        return f"{since(event.get('lastTimestamp'), reader)} (x{event['count']} over {first})"
    return first
