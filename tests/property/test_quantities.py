"""Quantities stand for exact numbers: sums, order, roundings and texts agree with fractions."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from pykubectl.machinery.values.quantity import Quantity, canonical

SUFFIXES = {
    "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1), "k": Fraction(1000),
    "M": Fraction(10**6), "G": Fraction(10**9), "Ki": Fraction(2**10), "Mi": Fraction(2**20), "Gi": Fraction(2**30),
    "e3": Fraction(1000), "E-2": Fraction(1, 100),
}  # fmt: skip
NANO = Fraction(1, 10**9)


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, Fraction]:
    """A text with the number that it stands for, small enough not to be capped."""
    sign = draw(st.sampled_from(["", "+", "-"]))
    whole = draw(st.integers(0, 9999))
    digits = draw(st.text("0123456789", max_size=6))
    suffix = draw(st.sampled_from(sorted(SUFFIXES)))
    number = Fraction(f"{whole}.{digits or '0'}") * SUFFIXES[suffix]
    text = f"{sign}{whole}{'.' + digits if digits else ''}{suffix}"
    return text, -_nanos_up(number) if sign == "-" else _nanos_up(number)


def _nanos_up(number: Fraction) -> Fraction:
    """What is finer than a nano is rounded away from zero."""
    return math.ceil(number / NANO) * NANO


def exact(quantity: Quantity) -> Fraction:
    return Fraction(quantity.nanos, 10**9)


@given(texts())
def test_a_text_stands_for_its_number(case: tuple[str, Fraction]) -> None:
    text, number = case
    assert exact(Quantity.parse(text)) == number


@given(texts())
def test_the_canonical_text_stands_for_the_same_and_stays(case: tuple[str, Fraction]) -> None:
    text, number = case
    form = canonical(text)
    assert exact(Quantity.parse(form)) == number
    assert canonical(form) == form


@given(texts(), texts())
def test_sums_and_differences_are_exact(one: tuple[str, Fraction], other: tuple[str, Fraction]) -> None:
    a, b = Quantity.parse(one[0]), Quantity.parse(other[0])
    assert exact(a + b) == one[1] + other[1]
    assert exact(a - b) == one[1] - other[1]
    assert exact(-a) == -one[1]
    assert exact(a * 7) == one[1] * 7


@given(texts(), texts())
def test_order_and_equality_are_those_of_numbers(one: tuple[str, Fraction], other: tuple[str, Fraction]) -> None:
    a, b = Quantity.parse(one[0]), Quantity.parse(other[0])
    assert (a < b) == (one[1] < other[1])
    assert (a == b) == (one[1] == other[1])
    if a == b:
        assert hash(a) == hash(b)
    assert a.sign == (one[1] > 0) - (one[1] < 0)
    assert a.is_zero == (one[1] == 0)


@given(texts())
def test_whole_and_thousandth_values_are_rounded_up(case: tuple[str, Fraction]) -> None:
    quantity, number = Quantity.parse(case[0]), case[1]
    assert quantity.milli_value() == math.ceil(number * 1000)
    assert quantity.value() == math.ceil(number)
