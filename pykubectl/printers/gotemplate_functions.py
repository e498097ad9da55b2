"""Functions of Go templates.

Source: Go ``text/template/funcs.go``, cli-runtime ``pkg/printers/template.go``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from pykubectl.machinery.gostrings import go_type, go_value, quote

# What a map has no entry for.
MISSING = object()


class Int(int):
    """A number that a template makes; those of objects have 64 bits in Go's eyes, and another type."""


class FunctionError(Exception):
    """What a function is called with does not suit it."""


class Function(NamedTuple):
    """``least`` and ``most`` are numbers of arguments, None: any; the first ``texts`` of them must be texts."""

    call: Callable[..., Any]
    least: int = 0
    most: int | None = None
    texts: int = 0


def truth(value: Any) -> bool:
    """Whether Go's templates take a value for true."""
    return value is not MISSING and bool(value)


def type_name(value: Any) -> str:
    """The Go type of a value."""
    return "int" if isinstance(value, Int) else go_type(value)


def _kind(value: Any) -> str:
    if value is MISSING or value is None or isinstance(value, (dict, list)):
        return ""
    return "int64" if isinstance(value, Int) else go_type(value)


def _incompatible(one: Any, other: Any) -> FunctionError:
    return FunctionError(f"incompatible types for comparison: {type_name(one)} and {type_name(other)}")


def _equal(first: Any, *others: Any) -> bool:
    if not others:
        raise FunctionError("missing argument for comparison")
    return any(_same(first, other) for other in others)


def _same(one: Any, other: Any) -> bool:
    if _kind(one) != _kind(other):
        if one is MISSING or other is MISSING or one is None or other is None:
            return False
        raise _incompatible(one, other)
    if not _kind(one):
        if isinstance(one, (dict, list)) or isinstance(other, (dict, list)):
            bad, rest = (one, other) if isinstance(one, (dict, list)) else (other, one)
            if rest is None or rest is MISSING:
                return False
            raise FunctionError(f"non-comparable type {go_value(bad)}: {type_name(bad)}")
        return True
    return bool(one == other)


def _less(one: Any, other: Any) -> bool:
    for value in (one, other):
        if not _kind(value):
            raise FunctionError("invalid type for comparison")
    if _kind(one) != _kind(other):
        raise _incompatible(one, other)
    if isinstance(one, bool):
        raise FunctionError("invalid type for comparison")
    return bool(one < other)


def _less_equal(one: Any, other: Any) -> bool:
    return _less(one, other) or _same(one, other)


def _len(value: Any) -> int:
    if value is MISSING or value is None:
        zero = "reflect: call of reflect.Value.Type on zero Value"
        raise FunctionError(zero if value is MISSING else "len of nil pointer")
    if isinstance(value, str):
        return Int(len(value.encode()))
    if not isinstance(value, (dict, list)):
        raise FunctionError(f"len of type {type_name(value)}")
    return Int(len(value))


def _index(value: Any, *keys: Any) -> Any:
    if value is MISSING or value is None:
        raise FunctionError("index of untyped nil")
    for key in keys:
        value = _entry(value, key)
    return value


def _entry(value: Any, key: Any) -> Any:
    if value is None or value is MISSING:
        raise FunctionError("index of nil pointer")
    if isinstance(value, dict):
        if not isinstance(key, str):
            if key is None or key is MISSING:
                raise FunctionError("value is nil; should be of type string")
            raise FunctionError(f"value has type {type_name(key)}; should be string")
        return value.get(key)
    if isinstance(value, str):
        return value.encode()[_place(key, len(value.encode()))]
    if isinstance(value, list):
        return value[_place(key, len(value))]
    raise FunctionError(f"can't index item of type {type_name(value)}")


def _place(key: Any, length: int, *, end: bool = False) -> int:
    if key is None or key is MISSING:
        raise FunctionError("cannot index slice/array with nil")
    if isinstance(key, bool) or not isinstance(key, int):
        raise FunctionError(f"cannot index slice/array with type {type_name(key)}")
    if key < 0 or key > length or (key == length and not end):
        raise FunctionError(f"index out of range: {key}")
    return key


def _slice(value: Any, *bounds: Any) -> Any:
    if value is MISSING or value is None:
        raise FunctionError("slice of untyped nil")
    if not isinstance(value, (str, list)):
        raise FunctionError(f"can't slice item of type {type_name(value)}")
    if len(bounds) > 3:
        raise FunctionError(f"too many slice indexes: {len(bounds)}")
    if isinstance(value, str) and len(bounds) == 3:
        raise FunctionError("cannot 3-index slice a string")
    whole: Any = value.encode() if isinstance(value, str) else value
    places = [_place(bound, len(whole), end=True) for bound in bounds]
    start, stop = [*places, *(0, len(whole))[len(places) :]][:2]
    if start > stop:
        raise FunctionError(f"invalid slice index: {start} > {stop}")
    found = whole[start:stop]
    return found.decode("utf-8", "surrogateescape") if isinstance(found, bytes) else found


def _shown(value: Any) -> str:
    return "<nil>" if value is MISSING or value is None else go_value(value)


def _print(*values: Any) -> str:
    """As Go's ``Sprint``: a space between two of which none is a text."""
    found = ""
    for place, value in enumerate(values):
        if place and not isinstance(value, str) and not isinstance(values[place - 1], str):
            found += " "
        found += _shown(value)
    return found


def _println(*values: Any) -> str:
    return " ".join(map(_shown, values)) + "\n"


_VERB = re.compile(r"%([-+# 0]*)(\d*)(?:\.(\d*))?(.?)", re.DOTALL)


def _printf(form: str, *values: Any) -> str:
    left = list(values)

    def replace(match: re.Match[str]) -> str:
        if match[4] in ("%", ""):
            return match[4] or "%!(NOVERB)"
        if not left:
            return f"%!{match[4]}(MISSING)"
        return _formatted(match, left.pop(0))

    found = _VERB.sub(replace, form)
    if left:
        extra = ", ".join(f"{_typed(value)}={_shown(value)}" if _typed(value) != "<nil>" else "<nil>" for value in left)
        found += f"%!(EXTRA {extra})"
    return found


def _typed(value: Any) -> str:
    return "<nil>" if value is MISSING or value is None else type_name(value)


_SUITS = {
    "s": (str,),
    "q": (str,),
    "x": (int, str),
    "X": (int, str),
    "d": (int,),
    "c": (int,),
    "t": (bool,),
    **dict.fromkeys("efgEG", (float,)),
}


def _formatted(match: re.Match[str], value: Any) -> str:
    flags, width, precision, verb = match.groups()
    if isinstance(value, list) and verb not in "vT":
        return f"[{' '.join(_formatted(match, entry) for entry in value)}]"
    if isinstance(value, dict) and verb not in "vT":
        return f"map[{' '.join(f'{key}:{_formatted(match, value[key])}' for key in sorted(value))}]"
    if verb == "v":
        text = _shown(value)
    elif verb == "T":
        text = _typed(value)
    elif verb not in _SUITS or not isinstance(value, _SUITS[verb]) or (isinstance(value, bool) and verb != "t"):
        shown = _shown(value)
        return f"%!{verb}({shown})" if shown == "<nil>" else f"%!{verb}({_typed(value)}={shown})"
    elif verb == "q":
        text = quote(str(value))
    elif verb == "t":
        text = _shown(value)
    elif verb in "xX" and isinstance(value, str):
        text = value.encode().hex().upper() if verb == "X" else value.encode().hex()
    else:
        digits = f".{precision}" if precision is not None else ""
        sign = "".join(flag for flag in flags if flag in "+# 0" and verb != "s")
        return f"%{'-' if '-' in flags else ''}{sign}{width}{digits}{verb}" % value
    if precision and verb in "vsq" and isinstance(value, str):
        text = text[: int(precision)]
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))


_HTML = str.maketrans({"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&#34;", "'": "&#39;", "\0": "\ufffd"})


def _html(*values: Any) -> str:
    return _print(*values).translate(_HTML)


_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


def _js(*values: Any) -> str:
    return "".join(_js_character(character) for character in _print(*values))


def _js_character(character: str) -> str:
    if character in _JS:
        return _JS[character]
    return character if character.isprintable() else f"\\u{ord(character):04X}"


def _urlquery(*values: Any) -> str:
    from urllib.parse import quote_plus

    return quote_plus(_print(*values), safe="-_.~")


def _not(value: Any) -> bool:
    return not truth(value)


def _base64decode(text: str) -> str:
    try:
        data = base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
        return data.decode("utf-8", "surrogateescape")
    except ValueError:
        raise FunctionError(f"base64 decode failed: illegal base64 data at input byte {_fault_at(text)}") from None


def _fault_at(text: str) -> int:
    match = re.search(r"[^A-Za-z0-9+/]", text)
    place = match.start() if match else len(text)
    return place if match else len(text) - len(text) % 4


def _exists(value: Any, *keys: Any) -> bool:
    if not keys:
        return True
    for key in keys:
        if isinstance(value, dict):
            value = value.get(key) if isinstance(key, str) else None
        elif isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value):
            value = value[key]
        else:
            return False
    return value is not None and value is not MISSING


FUNCTIONS: dict[str, Function] = {
    "and": Function(truth, 1),
    "or": Function(truth, 1),
    "not": Function(_not, 1, 1),
    "eq": Function(_equal, 1),
    "ne": Function(lambda one, other: not _same(one, other), 2, 2),
    "lt": Function(_less, 2, 2),
    "le": Function(_less_equal, 2, 2),
    "gt": Function(lambda one, other: not _less_equal(one, other), 2, 2),
    "ge": Function(lambda one, other: not _less(one, other), 2, 2),
    "call": Function(truth, 1),
    "len": Function(_len, 1, 1),
    "index": Function(_index, 1),
    "slice": Function(_slice, 1),
    "print": Function(_print),
    "printf": Function(_printf, 1, texts=1),
    "println": Function(_println),
    "html": Function(_html),
    "js": Function(_js),
    "urlquery": Function(_urlquery),
    "base64decode": Function(_base64decode, 1, 1, texts=1),
    "exists": Function(_exists, 1),
}
