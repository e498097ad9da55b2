"""Quantities such as ``500m``, ``1.5Gi``, ``2e3``: exact, with Kubernetes' canonical texts.

Source: apimachinery ``pkg/api/resource/quantity.go``, ``suffix.go``, ``amount.go``.
"""

from __future__ import annotations

import re
from functools import lru_cache, total_ordering

DECIMAL_SI = "DecimalSI"
BINARY_SI = "BinarySI"
DECIMAL_EXPONENT = "DecimalExponent"

_SHAPE = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?((?:[numkMGTPE]|[KMGTPE]i)?|[eE][+-]?[0-9]+)")
_FORMAT_ERROR = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_DECIMAL_BY_EXPONENT = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_BY_EXPONENT = {exponent: suffix for suffix, exponent in _BINARY.items()}

_NANO = 10**9
_MAX = (2**63 - 1) * _NANO
# Ten to this power is larger than the largest quantity, and than what a binary suffix multiplies by.
_LARGEST_SHIFT = 30


@total_ordering
class Quantity:
    """A number to the nano with the notation it was written in. Immutable; equal where the numbers are.

    Finer than a nano is rounded up, larger than 2^63-1 is cut, as upstream does.
    """

    __slots__ = ("_nanos", "format")

    def __init__(self, nanos: int, format: str = DECIMAL_SI) -> None:
        self._nanos = max(-_MAX, min(_MAX, nanos))
        self.format = format

    @classmethod
    def parse(cls, text: str | int | float) -> Quantity:
        """Reads a quantity; JSON numbers are quantities too. Raises ValueError with upstream's text."""
        if not isinstance(text, str):
            text = repr(text) if isinstance(text, float) else str(text)
        return _parse(text)

    @classmethod
    def of(cls, value: int, format: str = DECIMAL_SI) -> Quantity:
        """A whole number."""
        return cls(value * _NANO, format)

    def value(self) -> int:
        """Rounded up to a whole number."""
        return -(-self._nanos // _NANO)

    def milli_value(self) -> int:
        """In thousandths, rounded up."""
        return -(-self._nanos // 10**6)

    @property
    def nanos(self) -> int:
        """In billionths, exactly: nothing finer is kept."""
        return self._nanos

    def as_float(self) -> float:
        """The nearest floating point number."""
        return self._nanos / _NANO

    @property
    def is_zero(self) -> bool:
        """Equals 0."""
        return self._nanos == 0

    @property
    def sign(self) -> int:
        """-1, 0 or 1."""
        return (self._nanos > 0) - (self._nanos < 0)

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(self._nanos + other._nanos, other.format if self.is_zero else self.format)

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(self._nanos - other._nanos, other.format if self.is_zero else self.format)

    def __neg__(self) -> Quantity:
        return Quantity(-self._nanos, self.format)

    def __mul__(self, factor: int) -> Quantity:
        return Quantity(self._nanos * factor, self.format)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self._nanos == other._nanos

    def __lt__(self, other: Quantity) -> bool:
        return self._nanos < other._nanos

    def __hash__(self) -> int:
        return hash(self._nanos)

    def __repr__(self) -> str:
        return f"Quantity({str(self)!r})"

    def __str__(self) -> str:
        """The canonical text: no fraction, the largest suffix that leaves none."""
        if not self._nanos:
            return "0"
        if self.format == BINARY_SI and abs(self._nanos) >= 1024 * _NANO and self._nanos % _NANO == 0:
            return self._binary_text()
        return self._decimal_text()

    def _binary_text(self) -> str:
        number, exponent = self._nanos // _NANO, 0
        while number % 1024 == 0 and exponent < 60:
            number //= 1024
            exponent += 10
        return f"{number}{_BINARY_BY_EXPONENT.get(exponent, '')}"

    def _decimal_text(self) -> str:
        number, exponent = self._nanos, -9
        while number % 1000 == 0 and exponent < 18:
            number //= 1000
            exponent += 3
        if self.format == DECIMAL_EXPONENT:
            return f"{number}e{exponent}" if exponent else str(number)
        return f"{number}{_DECIMAL_BY_EXPONENT[exponent]}"


@lru_cache(maxsize=8192)
def _parse(text: str) -> Quantity:
    match = _SHAPE.fullmatch(text.strip())
    if match is None or not (match[2] or match[3]):
        raise ValueError(_complaint(text))
    sign, whole, fraction, suffix = match[1], match[2] or "0", match[3] or "", match[4]
    digits, scale = int(whole + fraction), -len(fraction)
    if suffix in _BINARY:
        format, digits = BINARY_SI, digits << _BINARY[suffix]
    elif suffix in _DECIMAL:
        format, scale = DECIMAL_SI, scale + _DECIMAL[suffix]
    else:
        format, scale = DECIMAL_EXPONENT, scale + int(suffix[1:])
    # Powers beyond these bounds change nothing any more, but would take all memory.
    shift = max(min(scale + 9, _LARGEST_SHIFT), -len(whole + fraction) - _LARGEST_SHIFT)
    # Away from zero, so that a request is never smaller than what was asked for.
    nanos = digits * 10**shift if shift >= 0 else -(-digits // 10**-shift)
    return Quantity(-nanos if sign == "-" else nanos, format)


def _complaint(text: str) -> str:
    if re.fullmatch(r"[+-]?[0-9]*\.?[0-9]*[eEinumkKMGTP]*[-+]?[0-9]*", text) and re.search("[0-9]", text):
        return "unable to parse quantity's suffix"
    return _FORMAT_ERROR


def canonical(text: str | int | float) -> str:
    """The canonical text of a quantity. Raises ValueError as `Quantity.parse`."""
    return str(Quantity.parse(text))
