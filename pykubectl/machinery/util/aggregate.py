"""Several errors as one.

Source: apimachinery ``pkg/util/errors/errors.go``.
"""

from __future__ import annotations


class Aggregate(Exception):
    """Several errors; each is told on a line of its own."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__("; ".join(str(error) for error in errors))
        self.errors = errors


def flattened(error: Exception) -> list[Exception]:
    """The single errors of an error."""
    return error.errors if isinstance(error, Aggregate) else [error]


def raise_all(errors: list[Exception]) -> None:
    """Raises the error where there is one, an `Aggregate` where there are several."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise Aggregate(errors)
