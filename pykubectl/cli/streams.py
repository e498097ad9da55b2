"""Where a command reads and writes."""

from __future__ import annotations

import os
import sys
from typing import TextIO


class IOStreams:
    """Standard input, output and error of a command; tests give it buffers."""

    __slots__ = ("err", "in_", "out")

    def __init__(self, in_: TextIO, out: TextIO, err: TextIO) -> None:
        self.in_ = in_
        self.out = out
        self.err = err

    @classmethod
    def standard(cls) -> IOStreams:
        """Those of the process."""
        return cls(sys.stdin, sys.stdout, sys.stderr)

    def print(self, text: str = "") -> None:
        """A line of output."""
        self.out.write(text + "\n")

    def warn(self, text: str) -> None:
        """A line on standard error."""
        self.err.write(text + "\n")


def open_standard_streams() -> None:
    """What the shell has closed (``>&-``) becomes the null device, as in Go; text is UTF-8 whatever the locale says."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            # The lowest free number: nothing else may get it, or a socket would be written to as standard output.
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            stream = os.fdopen(number, mode, encoding="utf-8")
            setattr(sys, name, stream)
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def drop_output(streams: IOStreams) -> None:
    """Sends what standard output has not taken, and what follows, to the null device."""
    if streams.out is sys.stdout:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def flush(code: int) -> int:
    """Writes what is buffered; the exit code, another one where that fails."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return 141
    except OSError as error:
        code = 1
        sys.stderr.write(f"error: write /dev/stdout: {(error.strerror or str(error)).lower()}\n")
    sys.stderr.flush()
    return code
