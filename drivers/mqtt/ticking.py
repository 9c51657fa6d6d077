"""The clock by which messages are stamped and orders expire."""

from __future__ import annotations

import time
from typing import Final

NANOSECONDS: Final = 1_000_000_000


def boottime_ns() -> int:
    """CLOCK_BOOTTIME: what `received_ns` and `expires_ns` are in."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
