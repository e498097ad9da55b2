"""Errors: what is said of each, and the exit code."""

from __future__ import annotations

import errno
import io
from typing import Any

import pytest

from pykubectl.cli.errors import CommandError, Exit, UsageError, message, report
from pykubectl.cli.streams import IOStreams
from pykubectl.client.errors import ClientError, ConnectionError, ConnectionRefused, ContextNotFound, InvalidConfig
from pykubectl.machinery.errors import StatusError
from pykubectl.machinery.util.aggregate import Aggregate, flattened, raise_all


def status(reason: str, text: str = "no", **details: Any) -> StatusError:
    return StatusError({"kind": "Status", "code": 400, "reason": reason, "message": text, "details": details})


def told(error: Exception) -> tuple[int, str]:
    err = io.StringIO()
    code = report(error, IOStreams(io.StringIO(), io.StringIO(), err))
    return code, err.getvalue()


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CommandError("wrong"), "error: wrong\n"),
        (CommandError("error: wrong"), "error: wrong\n"),
        (CommandError("ends itself\n"), "error: ends itself\n"),
        (UsageError("unknown flag: --x", "kubectl get"),
         "error: unknown flag: --x\nSee 'kubectl get --help' for usage.\n"),
        (UsageError("wrong"), "error: wrong\n"),
        (ValueError("wrong"), "error: wrong\n"),
        (status("NotFound"), "Error from server (NotFound): no\n"),
        (status(""), "Error from server: no\n"),
        (status("Unauthorized"), "error: You must be logged in to the server (no)\n"),
        (ConnectionRefused("h:1"),
         "The connection to the server h:1 was refused - did you specify the right host or port?\n"),
        (ConnectionError("EOF"), "Unable to connect to the server: EOF\n"),
        (ClientError("wrong"), "error: wrong\n"),
        (InvalidConfig("x", ["one"]), "error: one\n"),
        (InvalidConfig("x", ["one", "two"]), "Error in configuration: \n* one\n* two\n"),
        (OSError(errno.ENOSPC, "No space left on device"), "error: write /dev/stdout: no space left on device\n"),
        (KeyError("spec"), "error: internal error: KeyError: 'spec' (PYKUBECTL_TRACEBACK=1 shows where)\n"),
    ],
)  # fmt: skip
def test_texts(error: Exception, text: str) -> None:
    assert told(error) == (1, text)


def test_an_exit_says_nothing_more() -> None:
    assert told(Exit(3)) == (3, "")


def test_a_context_that_is_not_there() -> None:
    code, text = told(ContextNotFound("x"))
    assert code == 1
    assert text.startswith("Error in configuration: ")


def cause(field: str, text: str) -> dict[str, str]:
    return {"field": field, "message": text}


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            status("Invalid", kind="Pod", name="a", causes=[cause("spec.x", "bad")]),
            'The Pod "a" is invalid: spec.x: bad',
        ),
        (
            status("Invalid", kind="Pod", name="a", causes=[cause("x", "bad"), cause("y", "worse"), cause("x", "bad")]),
            'The Pod "a" is invalid: \n* x: bad\n* y: worse',
        ),
        (status("Invalid", kind="Pod", name="a"), 'The Pod "a" is invalid'),
        (status("Invalid", "text"), "The request is invalid: text"),
        (status("Invalid", causes=[cause("x", "bad")]), "The request is invalid: x: bad"),
    ],
)
def test_invalid_objects(error: StatusError, text: str) -> None:
    assert message(error) == text


def test_of_several_errors_each_has_a_line_and_less_is_said_of_it() -> None:
    several = Aggregate([CommandError("one"), status("NotFound"), status("Invalid", "text", kind="Pod", name="a")])
    assert told(several) == (1, "one\nError from server (NotFound): no\nError from server (Invalid): text\n")


def test_errors_are_raised_together() -> None:
    one, two = CommandError("one"), CommandError("two")
    raise_all([])
    with pytest.raises(CommandError, match="one"):
        raise_all([one])
    with pytest.raises(Aggregate, match=r"^\[one, two\]$") as caught:
        raise_all([one, two])
    assert flattened(caught.value) == [one, two]
    assert flattened(one) == [one]
