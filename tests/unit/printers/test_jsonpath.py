"""JSONPath templates: what they find, and what is said of wrong ones. Texts and quirks are client-go's."""

from __future__ import annotations

import io
from typing import Any

import pytest

from pykubectl.printers.jsonpath import JSONPath, JSONPathError, JSONPathPrinter

DATA: dict[str, Any] = {
    "name": "store",
    "dots": {"app.kubernetes.io/name": "cart", "plain": "p"},
    "null": None,
    "yes": True,
    "no": False,
    "number": 3,
    "half": 1.5,
    "text": 'it\'s "<&>"',
    "empty": "",
    "list": [1, 2, 3, 4, 5],
    "none": [],
    "one": {"k": "v"},
    "books": [
        {"title": "A", "price": 8.95, "pages": 100, "tags": ["x", "y"], "sold": True},
        {"title": "B", "price": 12.99, "pages": 200, "tags": [], "sold": False},
        {"title": "C", "price": 8.99, "pages": 300, "isbn": "1"},
    ],
    "shelves": [{"n": 1, "of": [{"t": "a"}, {"t": "b"}]}, {"n": 2, "of": []}, {"n": 3, "of": [{"t": "c"}]}],
}


def render(template: str, data: Any = DATA, *, allow_missing: bool = False) -> str:
    out = io.StringIO()
    JSONPath(template, allow_missing=allow_missing).render(data, out)
    return out.getvalue()


def fault(template: str, data: Any = DATA, *, allow_missing: bool = False) -> str:
    with pytest.raises(JSONPathError) as caught:
        render(template, data, allow_missing=allow_missing)
    return str(caught.value)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{.name}", "store"),
        ("{$.name}", "store"),
        ("{@.name}", "store"),
        ("{ .name }", "store"),
        ("{['name']}", "store"),
        ("{.one['k']}", "v"),
        ("{.dots.app\\.kubernetes\\.io/name}", "cart"),
        ("{.dots['app\\.kubernetes\\.io/name']}", "cart"),
        ("{['name','number']}", "store 3"),
        ("{['name', 'number']}", "store 3"),
        ("{.name}{.number}", "store3"),
        ("{.name .k}", ""),
        ("{.books[*].title}", "A B C"),
        ("{.one.*}", "v"),
        ("{.list.*}", "1 2 3 4 5"),
        ("{.number.*}", ""),
        ("{.null.*}", ""),
        ("{.empty.*}", ""),
    ],
)
def test_fields(template: str, expected: str) -> None:
    assert render(template, allow_missing=True) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{.yes} {.no}", "true false"),
        ("{.null}", "null"),
        ("{.number} {.half}", "3 1.5"),
        ("{.text}", 'it\'s "<&>"'),
        ("{.empty}", ""),
        ("{.list}", "[1,2,3,4,5]"),
        ("{.none}", "[]"),
        ("{.one}", '{"k":"v"}'),
        ("{['text','one']}", 'it\'s "<&>" {"k":"v"}'),
        ("{.big}{.tiny}", "1e+061e-07"),
        ("{.in}", '{"big":1000000,"long":123456789012345680000,"t":"\\u003c\\u0026\\u003e","tiny":1e-7}'),
    ],
)
def test_values_are_written_as_go_writes_them(template: str, expected: str) -> None:
    numbers = {"big": 1e6, "tiny": 1e-7, "long": 1.2345678901234568e20}
    assert render(template, {**DATA, **numbers, "in": {**numbers, "t": "<&>"}}) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("[0]", "1"),
        ("[4]", "5"),
        ("[-1]", "5"),
        ("[-5]", "1"),
        ("[-0]", "1"),
        ("[0:2]", "1 2"),
        ("[:2]", "1 2"),
        ("[2:]", "3 4 5"),
        ("[-2:]", "4 5"),
        ("[:-2]", "1 2 3"),
        ("[-4:-2]", "2 3"),
        ("[0:-1]", "1 2 3 4"),
        ("[2:2]", ""),
        ("[9:9]", ""),
        ("[::2]", "1 3 5"),
        ("[1::2]", "2 4"),
        ("[0:5:3]", "1 4"),
        ("[:]", "1 2 3 4 5"),
        ("[]", "1"),
        ("[*]", "1 2 3 4 5"),
        ("[0,2]", "1 3"),
        ("[0, -1]", "1 5"),
        ("[0:2,3]", "1 2 4"),
    ],
)
def test_indexes_slices_and_unions(template: str, expected: str) -> None:
    assert render("{.list" + template + "}") == expected


def test_what_is_null_has_no_entries_and_an_empty_list_has_none() -> None:
    assert render("{.null[0]}{.none[:]}{.none[*]}") == ""


@pytest.mark.parametrize(
    ("condition", "titles"),
    [
        ('@.title=="A"', "A"),
        ("@.title == 'A'", "A"),
        ('@.title!="A"', "B C"),
        ('@.title>"A"', "B C"),
        ("@.pages>100", "B C"),
        ("@.pages>=100", "A B C"),
        ("@.pages<200", "A"),
        ("@.pages<=200", "A B"),
        ("@.price<9.0", "A C"),
        ("@.sold==true", "A"),
        ("@.sold!=true", "B"),
        ("@.isbn", "C"),
        ("@.missing", ""),
        ('@.missing=="A"', ""),
        ("@.tags", "A B"),
        ("200==@.pages", "B"),
        ("@.pages==@.pages", "A B C"),
        ('@.title=="a)b"', ""),
        # As upstream, which doesn't look at the error of an index beyond the end: the list that is there counts.
        ("@.tags[0]", "A B"),
        ("@.tags[9].x", "A B"),
    ],
)
def test_filters(condition: str, titles: str) -> None:
    assert render("{.books[?(" + condition + ")].title}", allow_missing=True) == titles


def test_filters_of_plain_values_and_of_what_filters_have_found() -> None:
    assert render("{.list[?(@>2)]}|{.list[?(2<@)]}|{.list[?(@)]}") == "3 4 5|3 4 5|1 2 3 4 5"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{.shelves..t}", "a b c"),
        ("{..t}", "a b c"),
        ("{.one..k}", "v"),
        ("{.shelves[0]..['t']}", "a b"),
        ("{..missing}", ""),
        ("{.number..}", ""),
    ],
)
def test_recursive_descent(template: str, expected: str) -> None:
    assert render(template, allow_missing=True) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{range .books[*]}{.title}{end}", "ABC"),
        ('{range .books[*]}{.title}{"\\t"}{.pages}{"\\n"}{end}done', "A\t100\nB\t200\nC\t300\ndone"),
        ("{range .shelves[*]}{.n}:{range .of[*]}{.t},{end};{end}", "1:a,b,;2:;3:c,;"),
        ("{range .none[*]}a{end}b", "b"),
        ("{range .missing[*]}{range .x[*]}i{end}o{end}b", "b"),
        ("{range .one}{.k}{end}", "v"),
        ("{range .list[*]}{@}{end}{range .list[0:2]}-{@}{end}", "12345-1-2"),
        ("{range .list[?(@>3)]}<{@}>{end}", "<4><5>"),
        ("{range .books[*].tags[*]}{@}{end}", "xy"),
        ("{range .books[*]}{range .tags[*]}{@}{end}{end}{.name}", "xystore"),
    ],
)
def test_ranges(template: str, expected: str) -> None:
    assert render(template, allow_missing=True) == expected


def test_a_range_without_an_end_runs_to_the_end_of_the_template_which_is_then_applied_once_more() -> None:
    assert render("{range .list[*]}{@}", {"list": [1, 2]}) == '12{"list":[1,2]}'


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain text", "plain text"),
        ("}{.name}", "}store"),
        ("{.name} and {.number}", "store and 3"),
        ("\\n{.name}\\n", "\\nstore\\n"),
        ('{"a\\tb\\nc"}', "a\tb\nc"),
        ("{'a\\tb'}", "a\tb"),
        ('{"\\x41\\u00e9\\U0001F600\\101"}', "Aé😀A"),
        ('{"\\xc3\\xa9\\303\\251"}', "éé"),
        ("{'it\\'s'}", "it's"),
        ('{"it\'s"}', "it's"),
        ('{"\\""}', '"'),
        ('{"{"}{.number}{"}"}', "{3}"),
        ("{1}{-1}{1.5}{.5}", "1-11.5"),
        ("{true}{false}", "truefalse"),
        ("{99999999999999999999}", "1e+20"),
    ],
)
def test_texts_and_constants(template: str, expected: str) -> None:
    assert render(template, {**DATA, "5": ""}) == expected


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.list", "unclosed action"),
        ("{", "unclosed action"),
        ("{.name\n}", "unclosed action"),
        ("{.list[0", "unterminated array"),
        ("{.list[?(", "unterminated filter"),
        ("{.list[?(@>2}", "unterminated filter"),
        ("{.list[?(@>2)}", "unclosed array expect ]"),
        ('{"abc', "unterminated quoted string"),
        ('{"\\"}', "unterminated quoted string"),
        ('{"\\q"}', 'unquote string "\\q" error invalid syntax'),
        ('{"\\400"}', 'unquote string "\\400" error invalid syntax'),
        ('{"\\ud800"}', 'unquote string "\\ud800" error invalid syntax'),
        ("{.list[a]}", "invalid array index a"),
        ("{.list[1:2:3:4]}", "invalid array index 1:2:3:4"),
        ("{.list[-]}", "array index - is not a number"),
        ("{.list[99999999999999999999]}", "array index 99999999999999999999 is not a number"),
        ("{....name}", "invalid multiple recursive descent"),
        ("{!}", "unrecognized character in action: U+0021 '!'"),
        ("{\t.name}", "unrecognized character in action: U+0009"),
        ("{1.5.5}", "cannot parse number 1.5.5"),
        ("{-}", "cannot parse number -"),
    ],
)
def test_templates_that_cannot_be_read(template: str, text: str) -> None:
    assert fault(template) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{.missing}", "missing is not found"),
        ("{.null.x}", "x is not found"),
        ("{.number.x}", "x is not found"),
        ("{foo}", "unrecognized identifier foo"),
        ("{end}", "not in range, nothing to end"),
        ("{range .list[*]}{end}{end}", "not in range, nothing to end"),
        ("{.list[5]}", "array index out of bounds: index 5, length 5"),
        ("{.list[-6]}", "array index out of bounds: index -1, length 5"),
        ("{.list[0:9]}", "array index out of bounds: index 8, length 5"),
        ("{.list[:-6]}", "array index out of bounds: index -2, length 5"),
        ("{.list[3:1]}", "starting index 3 is greater than ending index 1"),
        ("{.none[0]}", "array index out of bounds: index 0, length 0"),
        ("{.list[::-1]}", "step must be > 0"),
        ("{.number[0]}", "int64 is not array or slice"),
        ("{.one[0]}", "map[string]interface {} is not array or slice"),
        ("{.number[?(@==1)]}", "3 is not array or slice and cannot be filtered"),
        ("{range .none[*]}{@[?(@)]}{end}", "<invalid reflect.Value> is not array or slice and cannot be filtered"),
        ("{.null[?(@)]}", "<nil> is not array or slice and cannot be filtered"),
        ("{.books[?(@.pages=1)]}", "unrecognized filter operator ="),
        ("{.books[?(@.pages==1.5)]}", "incompatible types for comparison"),
        ('{.books[?(@.pages=="1")]}', "incompatible types for comparison"),
        ("{.books[?(@.tags==1)]}", "invalid type for comparison"),
        ("{.books[?(@.sold<true)]}", "invalid type for comparison"),
        ("{.books[?(@['title','pages']==1)]}", "can only compare one element at a time"),
    ],
)
def test_templates_that_do_not_fit(template: str, text: str) -> None:
    assert fault(template) == text


def test_missing_fields_may_be_allowed() -> None:
    assert render("{.missing.more}{.null.x}|{.missing[0]}|{.books[*].isbn}", allow_missing=True) == "||1"


def test_nothing_is_written_where_a_part_fails() -> None:
    out = io.StringIO()
    with pytest.raises(JSONPathError):
        JSONPath("{.name}{.missing}").render(DATA, out)
    assert out.getvalue() == ""


def test_a_template_can_be_applied_again() -> None:
    path = JSONPath("{range .list[*]}{@}{end}!")
    first, second = io.StringIO(), io.StringIO()
    path.render({"list": [1, 2]}, first)
    path.render({"list": [3]}, second)
    assert (first.getvalue(), second.getvalue()) == ("12!", "3!")


def test_results_are_grouped_by_the_parts_of_the_template() -> None:
    assert JSONPath("{.list[0:2]}-{.name}").find(DATA) == [[1, 2], ["-"], ["store"]]


def test_the_printer_names_the_template_that_cannot_be_read() -> None:
    with pytest.raises(JSONPathError, match=r"^error parsing jsonpath \{\.a, unclosed action$"):
        JSONPathPrinter("{.a")


def test_the_printer_shows_template_and_object_where_the_template_does_not_fit() -> None:
    obj = {"a": [1, 1e6, None, "x", True], "b": {}}
    with pytest.raises(JSONPathError) as caught:
        JSONPathPrinter('{.b.c}{"\\n"}', allow_missing=False).print_obj(obj, io.StringIO())
    assert str(caught.value) == (
        'error executing jsonpath "{.b.c}{\\"\\\\n\\"}": Error executing template: c is not found. '
        "Printing more information for debugging the template:\n"
        '\ttemplate was:\n\t\t{.b.c}{"\\n"}\n'
        "\tobject given to jsonpath engine was:\n"
        '\t\tmap[string]interface {}{"a":[]interface {}{1, 1e+06, interface {}(nil), "x", true}, '
        '"b":map[string]interface {}{}}\n\n\n'
    )


def test_as_json_each_part_is_an_array() -> None:
    out = io.StringIO()
    JSONPathPrinter("{.list[0:2]}{.one}", as_json=True).print_obj(DATA, out)
    assert out.getvalue() == '[\n    1,\n    2\n]\n[\n    {\n        "k": "v"\n    }\n]\n'
