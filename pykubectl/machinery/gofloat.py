"""Floats as Go writes them: the shortest digits that tell the number, in one of two forms."""

from __future__ import annotations

from typing import NamedTuple


class Decimal(NamedTuple):
    """A sign, the digits without zeros at their ends, and the power of ten of the first one: 12.5 is 125 and 1."""

    sign: str
    digits: str
    power: int


def shortest(text: str) -> Decimal:
    """The digits of a float that is written as Python does (``repr``); zero has none."""
    mantissa, _, exponent = text.lower().partition("e")
    sign = "-" if mantissa.startswith("-") else ""
    whole, _, fraction = mantissa.lstrip("-").partition(".")
    written = whole + fraction
    digits = written.lstrip("0")
    return Decimal(sign, digits.rstrip("0"), len(whole) - (len(written) - len(digits)) - 1 + int(exponent or 0))


def general(number: Decimal) -> str:
    """``%v`` and ``FormatFloat(number, 'g', -1, 64)``: an exponent below 1e-4 and from 1e6 on."""
    if not number.digits:
        return f"{number.sign}0"
    return _scientific(number, 2) if number.power < -4 or number.power >= 6 else _positional(number)


def json_number(value: float) -> str:
    """``encoding/json``: an exponent below 1e-6 and from 1e21 on, without leading zeros where it is negative."""
    number = shortest(repr(value))
    if not number.digits:
        return f"{number.sign}0"
    if number.power < -6 or number.power >= 21:
        return _scientific(number, 1 if number.power < 0 else 2)
    return _positional(number)


def _scientific(number: Decimal, width: int) -> str:
    sign, digits, power = number
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{sign}{mantissa}e{'-' if power < 0 else '+'}{abs(power):0{width}d}"


def _positional(number: Decimal) -> str:
    sign, digits, power = number
    if power < 0:
        return f"{sign}0.{'0' * (-power - 1)}{digits}"
    if len(digits) <= power + 1:
        return sign + digits.ljust(power + 1, "0")
    return f"{sign}{digits[: power + 1]}.{digits[power + 1 :]}"
