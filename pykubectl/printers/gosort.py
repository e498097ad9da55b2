"""The order in which Go's ``sort.Sort`` leaves things, those that are equal too.

kubectl's rows with equal keys, and with keys that cannot be ordered consistently, stand as that algorithm happens to
put them: pattern-defeating quicksort. Source of its steps: Go ``sort/zsortinterface.go``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

_INSERTION = 12
_NINTHER = 50
_MOST_SWAPS = 12


def go_sort(items: list[T], less: Callable[[T, T], bool]) -> None:
    """Sorts in place."""
    _Sorter(items, less).sort(0, len(items), len(items).bit_length())


class _Sorter(Generic[T]):
    def __init__(self, items: list[T], less: Callable[[T, T], bool]) -> None:
        self._items = items
        self._compare = less
        self._swaps = 0

    def _less(self, first: int, second: int) -> bool:
        return self._compare(self._items[first], self._items[second])

    def _swap(self, first: int, second: int) -> None:
        items = self._items
        items[first], items[second] = items[second], items[first]

    def sort(self, begin: int, end: int, limit: int) -> None:
        balanced = partitioned = True
        while end - begin > _INSERTION:
            if limit == 0:
                self._heap_sort(begin, end)
                return
            if not balanced:
                self._break_patterns(begin, end)
                limit -= 1
            pivot = self._choose_pivot(begin, end)
            if self._swaps == _MOST_SWAPS:
                self._items[begin:end] = self._items[begin:end][::-1]
                pivot = end - 1 - (pivot - begin)
            sorted_already = self._swaps in (0, _MOST_SWAPS)
            if balanced and partitioned and sorted_already and self._partly_insert(begin, end):
                return
            if begin > 0 and not self._less(begin - 1, pivot):
                begin = self._partition_equal(begin, end, pivot)
                continue
            middle, partitioned = self._partition(begin, end, pivot)
            balanced = min(middle - begin, end - middle) >= (end - begin) // 8
            if middle - begin < end - middle:
                self.sort(begin, middle, limit)
                begin = middle + 1
            else:
                self.sort(middle + 1, end, limit)
                end = middle
        self._insert(begin, end)

    def _insert(self, begin: int, end: int) -> None:
        for start in range(begin + 1, end):
            self._sink(start, begin)

    def _sink(self, start: int, begin: int) -> None:
        """Moves one to the left, past all that it is less than."""
        while start > begin and self._less(start, start - 1):
            self._swap(start, start - 1)
            start -= 1

    def _partly_insert(self, begin: int, end: int) -> bool:
        """Repairs a few places of what is sorted but for them; whether all is sorted then."""
        place = begin + 1
        for _ in range(5):
            while place < end and not self._less(place, place - 1):
                place += 1
            if place == end:
                return True
            if end - begin < _NINTHER:
                return False
            self._swap(place, place - 1)
            if place - begin >= 2:
                self._sink(place - 1, 0)
            if end - place >= 2:
                following = place + 1
                while following < end and self._less(following, following - 1):
                    self._swap(following, following - 1)
                    following += 1
        return False

    def _heap_sort(self, begin: int, end: int) -> None:
        size = end - begin
        for root in range((size - 1) // 2, -1, -1):
            self._sift_down(root, size, begin)
        for last in range(size - 1, -1, -1):
            self._swap(begin, begin + last)
            self._sift_down(0, last, begin)

    def _sift_down(self, root: int, size: int, begin: int) -> None:
        while (child := 2 * root + 1) < size:
            if child + 1 < size and self._less(begin + child, begin + child + 1):
                child += 1
            if not self._less(begin + root, begin + child):
                return
            self._swap(begin + root, begin + child)
            root = child

    def _break_patterns(self, begin: int, end: int) -> None:
        """Moves three around, by a generator of numbers whose seed is the length."""
        length = end - begin
        number, mask = length, (1 << length.bit_length()) - 1
        place = begin + length // 4 * 2 - 1
        for target in range(place, place + 3):
            number ^= number << 13 & 0xFFFFFFFFFFFFFFFF
            number ^= number >> 7
            number ^= number << 17 & 0xFFFFFFFFFFFFFFFF
            other = number & mask
            self._swap(target, begin + (other - length if other >= length else other))

    def _choose_pivot(self, begin: int, end: int) -> int:
        """A median; the number of swaps it took tells whether all is sorted, or sorted backwards."""
        quarter = (end - begin) // 4
        places = [begin + quarter, begin + quarter * 2, begin + quarter * 3]
        self._swaps = 0
        if end - begin >= _NINTHER:
            places = [self._median(place - 1, place, place + 1) for place in places]
        return self._median(*places)

    def _median(self, first: int, second: int, third: int) -> int:
        first, second = self._ordered(first, second)
        second, third = self._ordered(second, third)
        return self._ordered(first, second)[1]

    def _ordered(self, first: int, second: int) -> tuple[int, int]:
        if self._less(second, first):
            self._swaps += 1
            return second, first
        return first, second

    def _partition(self, begin: int, end: int, pivot: int) -> tuple[int, bool]:
        """Puts what is less than the pivot before it; where it is then, and whether nothing had to move."""
        self._swap(begin, pivot)
        left, right = begin + 1, end - 1
        moved = False
        while True:
            while left <= right and self._less(left, begin):
                left += 1
            while left <= right and not self._less(right, begin):
                right -= 1
            if left > right:
                self._swap(right, begin)
                return right, not moved
            self._swap(left, right)
            moved = True
            left += 1
            right -= 1

    def _partition_equal(self, begin: int, end: int, pivot: int) -> int:
        """Puts what is equal to the pivot before what is greater; where that begins."""
        self._swap(begin, pivot)
        left, right = begin + 1, end - 1
        while True:
            while left <= right and not self._less(begin, left):
                left += 1
            while left <= right and self._less(begin, right):
                right -= 1
            if left > right:
                return left
            self._swap(left, right)
            left += 1
            right -= 1
