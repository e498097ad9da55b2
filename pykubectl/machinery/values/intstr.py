"""IntOrString values.

Source: apimachinery ``pkg/util/intstr/intstr.go``.
"""

from __future__ import annotations

import math
import re

IntOrString = int | str


def scaled_value(value: IntOrString, total: int, *, round_up: bool) -> int:
    """The number, or the percentage of ``total``. Raises ValueError on other texts."""
    if isinstance(value, int):
        return value
    if re.fullmatch(r"[0-9]+%", value) is None:
        raise ValueError(f"invalid value for IntOrString: invalid type: string is not a percentage: {value}")
    share = int(value[:-1]) * total / 100
    return math.ceil(share) if round_up else math.floor(share)
