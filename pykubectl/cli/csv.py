"""Records of comma-separated values, as pflag reads the values of flags that are lists.

Source: Go ``encoding/csv``.
"""

from __future__ import annotations


def record(text: str) -> list[str]:
    """The fields of the first record; none of a text without one. Raises ValueError with Go's text."""
    text = text.replace("\r\n", "\n").lstrip("\n")
    fields: list[str] = []
    position, more = 0, bool(text)
    while more:
        field, position, more = (_quoted if text.startswith('"', position) else _plain)(text, position)
        fields.append(field)
    return fields


def _plain(text: str, position: int) -> tuple[str, int, bool]:
    """A field, where the next one begins, and whether there is one."""
    end = position
    while end < len(text) and text[end] not in ",\n":
        if text[end] == '"':
            raise _fault(text, end, 'bare " in non-quoted-field')
        end += 1
    return text[position:end], end + 1, text.startswith(",", end)


def _quoted(text: str, position: int) -> tuple[str, int, bool]:
    found = ""
    start = position + 1
    while True:
        end = text.find('"', start)
        if end < 0:
            raise _fault(text, len(text), 'extraneous or missing " in quoted-field')
        found += text[start:end]
        following = text[end + 1 : end + 2]
        if following != '"':
            break
        found += '"'
        start = end + 2
    if following not in ("", ",", "\n"):
        raise _fault(text, end, 'extraneous or missing " in quoted-field')
    return found, end + 2, following == ","


def _fault(text: str, position: int, what: str) -> ValueError:
    before = text[:position]
    line = before.count("\n") + 1
    column = len(before.rpartition("\n")[2].encode()) + 1
    where = f"parse error on line {line}, column {column}"
    return ValueError(f"{where if line == 1 else f'record on line 1; {where}'}: {what}")
