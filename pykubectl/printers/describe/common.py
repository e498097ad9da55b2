"""What descriptions of several kinds share: fields of objects, times, labels, annotations, taints, tolerations.

Source: kubectl ``pkg/describe/describe.go``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from pykubectl.helpers.annotations import LAST_APPLIED
from pykubectl.machinery.schema import GroupVersionResource
from pykubectl.machinery.values.time import age, parse_time
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

NONE = "<none>"
UNSET = "<unset>"
MAX_ANNOTATION = 140
_SKIPPED_ANNOTATIONS = frozenset({LAST_APPLIED})
_ZERO_TIME = "Mon, 01 Jan 0001 00:00:00 +0000"


class Reader(Protocol):
    """Reads what belongs to the described object."""

    def get(self, resource: GroupVersionResource, namespace: str, name: str) -> Object:
        """An object. Raises StatusError."""

    def list(
        self, resource: GroupVersionResource, namespace: str, *, labels: str = "", fields: str = ""
    ) -> list[Object]:
        """Objects; ``namespace`` empty: of all. Raises StatusError."""

    def now(self) -> datetime:
        """The time that ages are counted to."""


def dig(obj: Any, path: str, default: Any = None) -> Any:
    """The value at a dotted path; the default where a step is missing or null."""
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
        if obj is None:
            return default
    return obj


def text_of(value: Any) -> str:
    """A JSON value as Go's ``%v`` prints it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, list):
        return f"[{' '.join(text_of(item) for item in value)}]"
    if isinstance(value, dict):
        return f"map[{' '.join(f'{key}:{text_of(value[key])}' for key in sorted(value))}]"
    return str(value)


def _float_text(value: float) -> str:
    """Go's shortest form: an exponent from 1e+21 and below 1e-4 only."""
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa.removesuffix('.0')}e{exponent}"


def bool_text(value: bool | None) -> str:
    """``True``, ``False``, ``<unset>``."""
    return UNSET if value is None else str(bool(value))


def date(stamp: str | None) -> str:
    """A time in this machine's zone, as RFC 1123 writes it with a numeric zone."""
    if not stamp:
        return _ZERO_TIME
    return parse_time(stamp).astimezone().strftime("%a, %d %b %Y %H:%M:%S %z")


def since(stamp: str | None, reader: Reader) -> str:
    """How long ago; ``<unknown>`` without a time."""
    return age(stamp, reader.now())


def controlled_by(w: Writer, obj: Object) -> None:
    """The line that names the controlling owner, if there is one."""
    for reference in dig(obj, "metadata.ownerReferences", ()):
        if reference.get("controller"):
            w.field(0, "Controlled By", f"{reference['kind']}/{reference['name']}")
            return


def multiline(w: Writer, title: str, lines: Iterable[str], indent: str = "", level: int = 0) -> None:
    """A title with one value a line beside it, ``<none>`` without any."""
    found = list(lines)
    w.write(level, f"{indent}{title}:\t")
    if not found:
        w.write(0, f"{NONE}\n")
    for number, text in enumerate(found):
        if number:
            w.write(level, f"{indent}\t")
        w.write(0, f"{text}\n")


def describe_labels(w: Writer, title: str, values: Mapping[str, str] | None, indent: str = "") -> None:
    """Labels in order, one a line."""
    multiline(w, title, (f"{key}={value}" for key, value in sorted((values or {}).items())), indent)


def describe_annotations(w: Writer, title: str, values: Mapping[str, str] | None) -> None:
    """Annotations in order; long ones and ones of several lines below their key, each line cut at 140 characters."""
    shown = {key: value for key, value in sorted((values or {}).items()) if key not in _SKIPPED_ANNOTATIONS}
    w.write(0, f"{title}:\t")
    if not shown:
        w.write(0, f"{NONE}\n")
    for number, (key, raw) in enumerate(shown.items()):
        if number:
            w.write(0, "\t")
        value = raw.removesuffix("\n")
        if len(value.encode()) + len(key) + 2 > MAX_ANNOTATION or "\n" in value:
            w.write(0, f"{key}:\n")
            for line in value.split("\n"):
                w.write(0, f"\t  {shorten(line, MAX_ANNOTATION - 2)}\n")
        else:
            w.write(0, f"{key}: {value}\n")


def shorten(text: str, limit: int) -> str:
    """At most so many bytes, with dots for what is missing."""
    data = text.encode()
    return data[:limit].decode(errors="replace") + "..." if len(data) > limit else text


def format_labels(values: Mapping[str, str] | None) -> str:
    """``a=b,c=d``, ``<none>`` without any."""
    return ",".join(f"{key}={value}" for key, value in sorted((values or {}).items())) or NONE


def header(w: Writer, obj: Object, *, namespace: bool = True) -> None:
    """Name and namespace."""
    w.field(0, "Name", dig(obj, "metadata.name", ""))
    if namespace:
        w.field(0, "Namespace", dig(obj, "metadata.namespace", ""))


def metadata(w: Writer, obj: Object) -> None:
    """Labels and annotations."""
    describe_labels(w, "Labels", dig(obj, "metadata.labels"))
    describe_annotations(w, "Annotations", dig(obj, "metadata.annotations"))


def rows(w: Writer, level: int, titles: str, lines: Iterable[Iterable[Any]], rule: str = "") -> None:
    """A table: titles separated by ``|``, dashes below them (or the given ones), rows."""
    names = titles.split("|")
    w.line(level, "\t".join(names))
    w.line(level, "\t".join(rule.split("|") if rule else ("-" * len(name) for name in names)))
    for line in lines:
        w.line(level, "\t".join(str(cell) for cell in line))


def taint_text(taint: Object) -> str:
    """``key=value:Effect``. Source: api ``core/v1/taint.go`` ToString."""
    key, value, effect = taint.get("key", ""), taint.get("value", ""), taint.get("effect", "")
    if not effect:
        return f"{key}={value}:" if value else key
    return f"{key}={value}:{effect}" if value else f"{key}:{effect}"


def toleration_text(toleration: Object) -> str:
    """``key=value:Effect op=Exists for 300s``."""
    text = toleration.get("key") or ""
    if toleration.get("value"):
        text += f"={toleration['value']}"
    if toleration.get("effect"):
        text += f":{toleration['effect']}"
    if toleration.get("operator") == "Exists" and not toleration.get("value"):
        text += " op=Exists" if text else "op=Exists"
    if toleration.get("tolerationSeconds") is not None:
        text += f" for {toleration['tolerationSeconds']}s"
    return text


def tolerations(w: Writer, title: str, values: list[Object] | None) -> None:
    """Tolerations by key, one a line."""
    multiline(w, title, map(toleration_text, sorted(values or (), key=lambda t: t.get("key") or "")))


def label_selector_text(selector: Object | None) -> str:
    """A LabelSelector; ``<none>`` for one that selects all, ``<error>`` for one that is none."""
    from pykubectl.machinery.labels import SelectorError, selector_from_label_selector

    try:
        return str(selector_from_label_selector(selector)) or NONE
    except SelectorError:
        return "<error>"
