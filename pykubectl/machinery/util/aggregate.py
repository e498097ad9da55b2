"""Several errors as one.

Source: apimachinery ``pkg/util/errors/errors.go``.
"""

from __future__ import annotations


class Aggregate(Exception):
    """Errors that are told one by one. One of them may be an aggregate too, which is told in brackets."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        texts = list(dict.fromkeys(map(str, flattened(self))))
        return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"


def flattened(error: Exception) -> list[Exception]:
    """The single errors of an error."""
    if not isinstance(error, Aggregate):
        return [error]
    return [single for entry in error.errors for single in flattened(entry)]


def raise_all(errors: list[Exception]) -> None:
    """Raises the single error where there is one, an `Aggregate` of all where there are several."""
    singles = [single for error in errors for single in flattened(error)]
    if len(singles) == 1:
        raise singles[0]
    if singles:
        raise Aggregate(singles)
