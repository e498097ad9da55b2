"""Numbers that are given out once.

Source: kubernetes ``pkg/registry/core/service/allocator``.
"""

from __future__ import annotations

import random
from types import TracebackType
from typing import Self


class Allocator:
    """Numbers out of a range, each given once. Lives in the event loop's thread."""

    def __init__(self, first: int, size: int, *, reserved: int = 0) -> None:
        self._first = first
        self._size = size
        # New numbers come from behind the reserved part, so that people can choose in it without meeting them.
        self._reserved = min(reserved, size - 1)
        self._used: set[int] = set()
        self._chance = random.Random()

    @property
    def free(self) -> int:
        """How many are left."""
        return self._size - len(self._used)

    def claim(self, number: int) -> bool:
        """Takes a certain number; False where it is outside the range or taken."""
        if not self._first <= number < self._first + self._size or number in self._used:
            return False
        self._used.add(number)
        return True

    def contains(self, number: int) -> bool:
        """Inside the range."""
        return self._first <= number < self._first + self._size

    def take(self) -> int | None:
        """Any free number, None where there is none."""
        for low, high in ((self._reserved, self._size), (0, self._reserved)):
            width = high - low
            start = self._chance.randrange(width) if width > 0 else 0
            for offset in range(width):
                number = self._first + low + (start + offset) % width
                if number not in self._used:
                    self._used.add(number)
                    return number
        return None

    def release(self, number: int) -> None:
        """Gives a number back."""
        self._used.discard(number)


class Claims:
    """What one write takes: given back where the block that it is used for fails."""

    def __init__(self) -> None:
        self._taken: list[tuple[Allocator, int]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for allocator, number in self._taken:
                allocator.release(number)

    def claim(self, allocator: Allocator, number: int) -> bool:
        """As the allocator's."""
        claimed = allocator.claim(number)
        if claimed:
            self._taken.append((allocator, number))
        return claimed

    def take(self, allocator: Allocator) -> int | None:
        """As the allocator's."""
        number = allocator.take()
        if number is not None:
            self._taken.append((allocator, number))
        return number
