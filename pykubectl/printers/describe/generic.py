"""Any object, field by field.

Source: kubectl ``pkg/describe/describe.go`` genericDescriber, smartLabelFor; the splitting of words is that of
``github.com/fatih/camelcase``.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from pykubectl.printers.describe.common import Reader, header, metadata, text_of
from pykubectl.printers.describe.writer import Writer

Object = dict[str, Any]

_SHOWN_ABOVE = frozenset(
    {".metadata.managedFields", ".metadata.name", ".metadata.namespace", ".metadata.labels", ".metadata.annotations"}
)
_ACRONYMS = frozenset({"API", "URL", "UID", "GUID"})


def describe(w: Writer, obj: Object, reader: Reader) -> None:
    """Metadata, then every field in the order of names."""
    header(w, obj)
    metadata(w, obj)
    _content(w, 0, obj, "")


def _content(w: Writer, level: int, content: Object, prefix: str) -> None:
    for field in sorted(content):
        value, path = content[field], f"{prefix}.{field}"
        if path in _SHOWN_ABOVE:
            continue
        if isinstance(value, dict):
            w.line(level, f"{smart_label(field)}:")
            _content(w, level + 1, value, path)
        elif isinstance(value, list):
            w.line(level, f"{smart_label(field)}:")
            for item in value:
                if isinstance(item, dict):
                    _content(w, level + 1, item, path)
                else:
                    w.line(level + 1, text_of(item))
        else:
            w.field(level, smart_label(field), text_of(value))


def smart_label(field: str) -> str:
    """``podIPs`` as ``Pod IPs``; names with digits or signs other than ``-`` as they are."""
    if not all(character.isalpha() or character == "-" for character in field):
        return field
    return " ".join(_word(part) for part in _merged(_camel_case_words(field)))


def _word(part: str) -> str:
    if part.upper() in _ACRONYMS:
        return part.upper()
    return part.capitalize() if part.lower() == part else part


def _merged(parts: list[str]) -> list[str]:
    """Two or more capitals stay with a following part that begins with one: ``PVC``, ``IPs``."""
    merged: list[str] = []
    position = 0
    while position < len(parts):
        part = parts[position]
        following = parts[position + 1] if position + 1 < len(parts) else ""
        if len(part) >= 2 and not any(c.isalpha() and not c.isupper() for c in part) and following[:1].isupper():
            part += following
            position += 1
        merged.append(part)
        position += 1
    return merged


def _camel_case_words(text: str) -> list[str]:
    runs = ["".join(run) for _, run in groupby(text, key=_character_class)]
    for index in range(len(runs) - 1):
        if runs[index][0].isupper() and runs[index + 1][0].islower():
            runs[index + 1] = runs[index][-1] + runs[index + 1]
            runs[index] = runs[index][:-1]
    return [run for run in runs if run]


def _character_class(character: str) -> int:
    if character.islower():
        return 1
    if character.isupper():
        return 2
    return 3 if character.isdigit() else 4
