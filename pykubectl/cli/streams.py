"""Where a command reads and writes."""

from __future__ import annotations

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
