"""Columns: the layout is the one of Go's tabwriter, which is checked against the real kubectl elsewhere."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from pykubectl.printers.tabwriter import TabWriter, lay_out

ROWS = st.lists(st.lists(st.text("ab é", max_size=9), min_size=1, max_size=4), min_size=1, max_size=6)


def written(*writes: list[list[str]]) -> str:
    out = io.StringIO()
    writer = TabWriter(out)
    for rows in writes:
        writer.write(rows)
    return out.getvalue()


def test_columns_are_at_least_six_wide_and_three_apart() -> None:
    assert written([["A", "NAME", "Z"], ["b", "a-long-name", "z"]]) == (
        "A     NAME          Z\nb     a-long-name   z\n"
    )


def test_the_last_cell_of_a_line_is_not_padded_and_widens_no_column() -> None:
    assert written([["a", "a very long last cell"], ["b", "c", "d"]]) == "a     a very long last cell\nb     c     d\n"


def test_empty_cells_keep_their_place() -> None:
    assert written([["", "", "x"], ["a", "", ""]]) == "            x\na           \n"


def test_characters_count_not_bytes() -> None:
    assert written([["ééééééé", "x"], ["a", "y"]]) == "ééééééé   x\na         y\n"


def test_a_line_without_a_cell_ends_its_column() -> None:
    """Its width is remembered, so that it is no less wide after that line; before it, later rows are unknown."""
    assert written([["a", "b"], ["-"], ["longer-name", "b"]]) == "a     b\n-\nlonger-name   b\n"
    assert written([["longer-name", "b"], ["-"], ["a", "b"]]) == "longer-name   b\n-\na             b\n"


def test_widths_never_shrink_from_one_write_to_the_next() -> None:
    assert written([["a-long-name", "x"]], [["b", "y"]], [["a-longer-name", "z"]], [["c", "x"]]) == (
        "a-long-name   x\nb             y\na-longer-name   z\nc               x\n"
    )


def test_widths_may_be_carried_from_one_writer_to_another() -> None:
    widths: list[int] = []
    first, second = io.StringIO(), io.StringIO()
    TabWriter(first, widths=widths).write([["a-long-name", "x"]])
    TabWriter(second, widths=widths).write([["b", "y"]])
    assert second.getvalue() == "b             y\n"


def test_columns_may_be_narrower() -> None:
    out = io.StringIO()
    TabWriter(out, min_width=0, padding=1).write([["a", "b"], ["cc", "d"]])
    assert out.getvalue() == "a  b\ncc d\n"


def test_a_cell_with_a_tab_is_two_and_one_with_a_line_break_ends_the_line() -> None:
    assert written([["a\tb", "c"], ["d", "e", "f"]]) == "a     b     c\nd     e     f\n"
    assert written([["a\nlonger-name", "b"]]) == "a\nlonger-name   b\n"


def test_a_form_feed_begins_columns_anew() -> None:
    assert lay_out("a\tb\n\flonger\tb\n", 0, 1) == "a b\n\nlonger b\n"


def test_nothing_is_written_for_no_rows() -> None:
    assert written([], []) == ""
    assert written([[""]]) == "\n"


@given(ROWS)
def test_every_cell_is_on_its_line_in_order(rows: list[list[str]]) -> None:
    lines = written(rows).split("\n")
    assert len(lines) == len(rows) + 1
    for row, line in zip(rows, lines):
        assert line.replace(" ", "") == "".join(row).replace(" ", "")
        assert len(line) >= sum(max(6, len(cell) + 3) for cell in row[:-1]) + len(row[-1])


@given(st.lists(st.lists(st.text("ab", max_size=9), min_size=3, max_size=3), min_size=1, max_size=6))
def test_lines_of_the_same_length_make_straight_columns(rows: list[list[str]]) -> None:
    lines = written(rows).splitlines()
    start = 0
    for column in range(2):
        start += max(6, *(len(row[column]) + 3 for row in rows))
        assert all(line[start:].startswith(row[column + 1]) for row, line in zip(rows, lines))
