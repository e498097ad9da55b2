"""Rules for names, labels and keys; each function returns the faults' texts, none where the value is fine.

Source: apimachinery ``pkg/util/validation/validation.go`` and ``pkg/api/validation/path``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

LABEL_MAX = 63
SUBDOMAIN_MAX = 253
LABEL_VALUE_MAX = 63
QUALIFIED_NAME_MAX = 63

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = _LABEL + r"(\." + _LABEL + ")*"
_LABEL_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED_CHARACTER = "[A-Za-z0-9]"
_QUALIFIED = "(" + _QUALIFIED_CHARACTER + "[-A-Za-z0-9_.]*)?" + _QUALIFIED_CHARACTER
_LABEL_VALUE = "(" + _QUALIFIED + ")?"


@cache
def _pattern(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.ASCII)


class _Rule(NamedTuple):
    """A regular expression with what to say where it does not match."""

    expression: str
    message: str
    examples: tuple[str, ...]
    max_length: int | None = None
    unit: str = "characters"

    def check(self, value: str) -> list[str]:
        faults = []
        if self.max_length is not None and len(value.encode()) > self.max_length:
            faults.append(max_length_error(self.max_length, self.unit))
        if _pattern(self.expression).fullmatch(value) is None:
            faults.append(regex_error(self.message, self.expression, *self.examples))
        return faults


_RULES = {
    "dns1123 label": _Rule(
        _LABEL,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
        "with an alphanumeric character",
        ("my-name", "123-abc"),
        LABEL_MAX,
    ),
    "dns1123 subdomain": _Rule(
        _SUBDOMAIN,
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
        "and end with an alphanumeric character",
        ("example.com",),
        SUBDOMAIN_MAX,
    ),
    "dns1035 label": _Rule(
        _LABEL_1035,
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic "
        "character, and end with an alphanumeric character",
        ("my-name", "abc-123"),
        LABEL_MAX,
    ),
    "wildcard": _Rule(
        r"\*\." + _SUBDOMAIN,
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of "
        "lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        ("*.example.com",),
        SUBDOMAIN_MAX,
    ),
    "label value": _Rule(
        _LABEL_VALUE,
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start "
        "and end with an alphanumeric character",
        ("MyValue", "my_value", "12345"),
        LABEL_VALUE_MAX,
        "bytes",
    ),
    "percent": _Rule(
        "[0-9]+%", "a valid percent string must be a numeric string followed by an ending '%'", ("1%", "93%")
    ),
    "http header": _Rule(
        "[-A-Za-z0-9]+", "a valid HTTP header must consist of alphanumeric characters or '-'", ("X-Header-Name",)
    ),
    "config map key": _Rule(
        r"[-._a-zA-Z0-9]+",
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        ("key.name", "KEY_NAME", "key-name"),
        SUBDOMAIN_MAX,
    ),
}


def max_length_error(length: int, unit: str = "characters") -> str:
    """For a text that is too long: newer rules count characters in what they say, older ones bytes."""
    return f"must be no more than {length} {unit}"


def regex_error(message: str, expression: str, *examples: str) -> str:
    """For a text that does not match, with examples that do."""
    if not examples:
        return f"{message} (regex used for validation is '{expression}')"
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{message} (e.g. {shown}regex used for validation is '{expression}')"


def empty_error() -> str:
    """For a text that must not be empty."""
    return "must be non-empty"


def between_error(low: int, high: int) -> str:
    """For a number out of a range."""
    return f"must be between {low} and {high}, inclusive"


def is_dns1123_label(value: str) -> list[str]:
    """``my-name``."""
    faults = _RULES["dns1123 label"].check(value)
    if faults and "." in value and _pattern(_SUBDOMAIN).fullmatch(value) is not None:
        faults[-1] = "must not contain dots"
    return faults


def is_dns1123_subdomain(value: str) -> list[str]:
    """``example.com``."""
    return _RULES["dns1123 subdomain"].check(value)


def is_dns1035_label(value: str) -> list[str]:
    """``my-name``, not beginning with a digit."""
    return _RULES["dns1035 label"].check(value)


def is_wildcard_dns1123_subdomain(value: str) -> list[str]:
    """``*.example.com``."""
    return _RULES["wildcard"].check(value)


def is_valid_label_value(value: str) -> list[str]:
    """A label's value, which may be empty."""
    return _RULES["label value"].check(value)


def is_valid_percent(value: str) -> list[str]:
    """``25%``."""
    return _RULES["percent"].check(value)


def is_http_header_name(value: str) -> list[str]:
    """``X-Header-Name``."""
    return _RULES["http header"].check(value)


def is_relaxed_env_var_name(value: str) -> list[str]:
    """What the server takes: any printable ASCII without an equals sign."""
    if re.fullmatch("[ -<>-~]+", value) is None:
        return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
    return []


def is_config_map_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret, which becomes a file's name."""
    return _RULES["config map key"].check(value) + _not_only_dots(value)


def _not_only_dots(value: str) -> list[str]:
    if value == ".":
        return ["must not be '.'"]
    if value == "..":
        return ["must not be '..'"]
    return ["must not start with '..'"] if value.startswith("..") else []


_QUALIFIED_MESSAGE = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
)


def is_label_key(value: str) -> list[str]:
    """A label's key: a qualified name by another name."""
    return is_qualified_name(value, "a valid label key")


def is_qualified_name(value: str, title: str = "a qualified name") -> list[str]:
    """An annotation's key: a name, perhaps with a DNS subdomain and a slash before it."""
    faults: list[str] = []
    parts = value.split("/")
    if len(parts) > 2:
        text = f"{title} " + regex_error(_QUALIFIED_MESSAGE, _QUALIFIED, "MyName", "my.name", "123-abc")
        return [text + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    if len(parts) == 2:
        prefix = parts[0]
        if not prefix:
            faults.append("prefix part " + empty_error())
        else:
            faults += ["prefix part " + fault for fault in is_dns1123_subdomain(prefix)]
    name = parts[-1]
    if not name:
        faults.append("name part " + empty_error())
    elif len(name.encode()) > QUALIFIED_NAME_MAX:
        faults.append("name part " + max_length_error(QUALIFIED_NAME_MAX, "bytes"))
    if _pattern(_QUALIFIED).fullmatch(name) is None:
        faults.append("name part " + regex_error(_QUALIFIED_MESSAGE, _QUALIFIED, "MyName", "my.name", "123-abc"))
    return faults


def is_in_range(value: int, low: int, high: int) -> list[str]:
    """A number between two others, both included."""
    return [] if low <= value <= high else [between_error(low, high)]


def is_valid_port_number(port: int) -> list[str]:
    """1 to 65535."""
    return is_in_range(port, 1, 65535)


def is_valid_port_name(value: str) -> list[str]:
    """An IANA service name: at most 15 characters, a letter among them, no two hyphens together."""
    faults: list[str] = []
    if len(value) > 15:
        faults.append(max_length_error(15))
    if re.fullmatch("[-a-z0-9]+", value, re.ASCII) is None:
        faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if re.search("[a-z]", value, re.ASCII) is None:
        faults.append("must contain at least one letter (a-z)")
    if "--" in value:
        faults.append("must not contain consecutive hyphens")
    if value and (value[0] == "-" or value[-1] == "-"):
        faults.append("must not begin or end with a hyphen")
    return faults


def is_path_segment_name(value: str) -> list[str]:
    """A name that can be a segment of a URL path: used by RBAC objects."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{part}'" for part in ("/", "%") if part in value]
