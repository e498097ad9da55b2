"""Command lines, read by pflag's rules and refused in its words. The texts are the real kubectl's."""

from __future__ import annotations

from typing import Any

import pytest

from pykubectl.cli.errors import UsageError
from pykubectl.cli.flags import BOOL, DURATION, INT, LEVEL, STRINGS, Flag, Parsed, Values, parse

FLAGS = (
    Flag("output", "o"),
    Flag("all-namespaces", "A", BOOL, False),
    Flag("watch", "w", BOOL, False),
    Flag("dry-run", default="none", bare="unchanged"),
    Flag("chunk-size", kind=INT, default=500),
    Flag("v", "v", LEVEL, 0),
    Flag("filename", "f", STRINGS),
    Flag("for", kind=STRINGS, array=True),
    Flag("timeout", kind=DURATION, default=0.0),
)


def read(*argv: str) -> Parsed:
    return parse(FLAGS, list(argv), "kubectl get")


def value(name: str, *argv: str) -> Any:
    return read(*argv).values[name]


def fault(*argv: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(*argv)
    text, hint = str(caught.value).rsplit("\n", 1)
    assert hint == "See 'kubectl get --help' for usage."
    return text


@pytest.mark.parametrize(
    "argv",
    [
        ["-o", "json"],
        ["-ojson"],
        ["-o=json"],
        ["--output", "json"],
        ["--output=json"],
        ["-Ao", "json"],
        ["-Aojson"],
        ["-wAo=json"],
        ["-o", "yaml", "-o", "json"],
    ],
)
def test_ways_of_giving_a_value(argv: list[str]) -> None:
    assert value("output", *argv) == "json"


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["-o="], "="),
        (["-o=="], "="),
        (["--output="], ""),
        (["-o", ""], ""),
        (["-o", "-A"], "-A"),
        (["-o", "--"], "--"),
        (["--output", "--watch"], "--watch"),
        (["--output=a=b"], "a=b"),
        (["-oa=b"], "a=b"),
    ],
)
def test_values_that_look_like_something_else(argv: list[str], expected: str) -> None:
    assert value("output", *argv) == expected


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        ([], False),
        (["-A"], True),
        (["-Aw"], True),
        (["--all-namespaces"], True),
        (["--all_namespaces"], True),
        (["-A", "-A=false"], False),
        *((([f"-A={text}"]), True) for text in ("1", "t", "T", "TRUE", "true", "True")),
        *((([f"-A={text}"]), False) for text in ("0", "f", "F", "FALSE", "false", "False")),
    ],
)
def test_switches(argv: list[str], expected: bool) -> None:
    assert value("all-namespaces", *argv) is expected


def test_a_switch_takes_no_word_after_it() -> None:
    parsed = read("-A", "false")
    assert parsed.values["all-namespaces"] is True
    assert parsed.args == ["false"]


def test_a_flag_with_a_bare_value_needs_none() -> None:
    assert value("dry-run") == "none"
    assert value("dry-run", "--dry-run") == "unchanged"
    assert read("--dry-run", "client").args == ["client"]
    assert value("dry-run", "--dry-run=client") == "client"


@pytest.mark.parametrize(
    ("text", "number"),
    [("5", 5), ("+5", 5), ("-5", -5), ("0x10", 16), ("-0x1", -1), ("010", 8), ("0o17", 15), ("0b11", 3), ("1_0", 10),
     ("0_7", 7), ("0", 0), ("9223372036854775807", 2**63 - 1)],
)  # fmt: skip
def test_integers(text: str, number: int) -> None:
    assert value("chunk-size", f"--chunk-size={text}") == number


@pytest.mark.parametrize("text", ["", "x", " 5", "5.5", "09", "0x", "1__0", "_1", "1_", "٣", "--5", "5 "])
def test_texts_that_are_no_integers(text: str) -> None:
    complaint = f'invalid argument "{text}" for "--chunk-size" flag: strconv.ParseInt: parsing "{text}": invalid syntax'
    assert fault(f"--chunk-size={text}") == complaint


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--chunk-size=9223372036854775808"], 'parsing "9223372036854775808": value out of range'),
        (["--chunk-size=0x8000000000000000"], 'parsing "0x8000000000000000": value out of range'),
        (["-v=2147483648"], 'parsing "2147483648": value out of range'),
        (["-v", "0x1"], 'parsing "0x1": invalid syntax'),
        (["-v1_0"], 'parsing "1_0": invalid syntax'),
    ],
)
def test_numbers_that_do_not_fit(argv: list[str], text: str) -> None:
    assert fault(*argv).endswith(f"strconv.ParseInt: {text}")


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["-f", "a"], ["a"]),
        (["-f", "a,b", "-f=c"], ["a", "b", "c"]),
        (["-f", ""], []),
        (["-f", ","], ["", ""]),
        (["-f", '"a,b",c'], ["a,b", "c"]),
        (["-f", '"a""b"'], ['a"b']),
        (["-f", '""'], [""]),
        (["-f", "a\nb"], ["a"]),
        (["-f", '"a\nb",c'], ["a\nb", "c"]),
        (["-f", "\n\na"], ["a"]),
    ],
)
def test_lists_are_records_of_comma_separated_values(argv: list[str], expected: list[str]) -> None:
    assert value("filename", *argv) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('"a', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
        ('"a"b', 'parse error on line 1, column 3: extraneous or missing " in quoted-field'),
        ('a"b', 'parse error on line 1, column 2: bare " in non-quoted-field'),
        ('é"', 'parse error on line 1, column 3: bare " in non-quoted-field'),
        ('"a\nb', 'record on line 1; parse error on line 2, column 2: extraneous or missing " in quoted-field'),
    ],
)
def test_lists_that_cannot_be_read(text: str, complaint: str) -> None:
    assert fault("-f", text).endswith(f'for "-f, --filename" flag: {complaint}')


def test_arrays_keep_their_commas() -> None:
    assert value("for", "--for=jsonpath={.a},b", '--for="x"') == ["jsonpath={.a},b", '"x"']


def test_lists_of_one_line_know_nothing_of_those_of_another() -> None:
    assert value("filename", "-f", "a") == ["a"]
    assert value("filename") == []


def test_durations() -> None:
    assert value("timeout", "--timeout=1m30s") == 90.0
    assert value("timeout", "--timeout", "-1s") == -1.0
    assert fault("--timeout=5") == ('invalid argument "5" for "--timeout" flag: time: missing unit in duration "5"')


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["--foo"], "unknown flag: --foo"),
        (["--foo=bar"], "unknown flag: --foo"),
        (["--OUTPUT=x"], "unknown flag: --OUTPUT"),
        (["--out=x"], "unknown flag: --out"),
        (["--=x"], "bad flag syntax: --=x"),
        (["---foo"], "bad flag syntax: ---foo"),
        (["-x"], "unknown shorthand flag: 'x' in -x"),
        (["-Axw"], "unknown shorthand flag: 'x' in -xw"),
        (["-A="], "unknown shorthand flag: '=' in -="),
        (["-'"], "unknown shorthand flag: '\\'' in -'"),
        (["-o"], "flag needs an argument: 'o' in -o"),
        (["-Ao"], "flag needs an argument: 'o' in -o"),
        (["--output"], "flag needs an argument: --output"),
        (["-w=x"], 'invalid argument "x" for "-w, --watch" flag: strconv.ParseBool: parsing "x": invalid syntax'),
        (["-A=tRuE"], 'invalid argument "tRuE" for "-A, --all-namespaces" flag: '
                      'strconv.ParseBool: parsing "tRuE": invalid syntax'),
        (["--watch="], 'invalid argument "" for "-w, --watch" flag: strconv.ParseBool: parsing "": invalid syntax'),
        (["-w=\""], 'invalid argument "\\"" for "-w, --watch" flag: strconv.ParseBool: parsing "\\"": invalid syntax'),
    ],
)  # fmt: skip
def test_lines_that_cannot_be_read(argv: list[str], text: str) -> None:
    assert fault(*argv) == text


@pytest.mark.parametrize(
    ("argv", "args", "dash"),
    [
        (["pods", "-A", "web"], ["pods", "web"], -1),
        (["pods", "--", "-o", "json"], ["pods", "-o", "json"], 1),
        (["--", "pods"], ["pods"], 0),
        (["pods", "--", "--"], ["pods", "--"], 1),
        (["-", "pods"], ["-", "pods"], -1),
        (["", "pods"], ["", "pods"], -1),
    ],
)
def test_arguments_stand_anywhere_and_after_two_dashes_are_nothing_else(
    argv: list[str], args: list[str], dash: int
) -> None:
    parsed = read(*argv)
    assert (parsed.args, parsed.dash) == (args, dash)


def test_what_the_line_names_is_known_even_where_it_changes_nothing() -> None:
    assert read("-A=false", "--chunk-size=500").values.changed == {"all-namespaces", "chunk-size"}
    assert read().values.changed == set()


def test_defaults_are_copied() -> None:
    flags = (Flag("list", kind=STRINGS, default=["a"]),)
    Values(flags)["list"].append("b")
    assert Values(flags)["list"] == ["a"]
