"""The file of static tokens."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from mini_server.authn.interface import UserInfo
from mini_server.authn.tokenfile import TokenFile

SECRET = "s3cr3t-token"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.csv"


@pytest.mark.parametrize(
    ("line", "user"),
    [
        ("t,jane,7", UserInfo("jane", "7")),
        ("t,jane,7,", UserInfo("jane", "7", ("",))),
        ("t,jane,7,devs", UserInfo("jane", "7", ("devs",))),
        ('t,jane,7,"devs,qa"', UserInfo("jane", "7", ("devs", "qa"))),
        ('t,"doe, jane",7', UserInfo("doe, jane", "7")),
        ('t,"the ""one""",7', UserInfo('the "one"', "7")),
        ("t,jane,7,devs,more", UserInfo("jane", "7", ("devs",))),
        ("t,,", UserInfo("", "")),
    ],
)
def test_a_line_is_a_user(path: Path, line: str, user: UserInfo) -> None:
    path.write_text(f"{line}\n")
    assert TokenFile.load(path).user("t") == user


def test_other_tokens_are_nobodys(path: Path) -> None:
    path.write_text("t,jane,7\n")
    tokens = TokenFile.load(path)
    assert [tokens.user(token) for token in ("", "T", "t ", "jane")] == [None] * 4


def test_empty_lines_and_line_ends_of_windows_do_not_count(path: Path) -> None:
    path.write_bytes(b"\r\na,one,1\r\n\r\nb,two,2\r\n")
    tokens = TokenFile.load(path)
    assert (tokens.user("a"), tokens.user("b")) == (UserInfo("one", "1"), UserInfo("two", "2"))


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (f"{SECRET}\n".encode(), "must have at least 3 columns (token, user name, user uid), found 1"),
        (f"{SECRET},jane\n".encode(), "must have at least 3 columns (token, user name, user uid), found 2"),
        (b'a,b,c\n"x" y,b,c\n', "',' expected after '\"'"),
        (b'a,b,"c\n', "unexpected end of data"),
        (b"a,\xff\xfe,c\n", "is not UTF-8"),
    ],
)
def test_a_bad_file_is_refused_without_its_tokens(path: Path, content: bytes, fault: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError) as caught:
        TokenFile.load(path)
    assert fault in str(caught.value)
    assert str(path) in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_missing_file_is_an_error_of_the_system(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        TokenFile.load(path)


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        (f"{SECRET},one,1\n,two,2\n", "empty token has been found in token file '{path}', record number '2'"),
        (
            f"{SECRET},one,1\n{SECRET},two,2\n",
            "duplicate token has been found in token file '{path}', record number '2'",
        ),
    ],
)
def test_doubtful_lines_are_warned_about_without_tokens(
    path: Path, lines: str, warning: str, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_text(lines)
    with caplog.at_level(logging.WARNING):
        TokenFile.load(path)
    assert caplog.messages == [warning.format(path=path)]
    assert SECRET not in caplog.text


def test_an_empty_token_is_nobodys(path: Path) -> None:
    path.write_text(",two,2\n")
    assert TokenFile.load(path).user("") is None


def test_the_last_of_two_lines_counts(path: Path) -> None:
    path.write_text("t,one,1\nt,two,2\n")
    assert TokenFile.load(path).user("t") == UserInfo("two", "2")
