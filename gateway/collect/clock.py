"""The clocks of the box, and whether the one on the wall is to be believed."""

from __future__ import annotations

import ctypes
import time
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.model import NANOSECONDS, Now

if TYPE_CHECKING:
    from collections.abc import Callable

BUILT_UTC = 1_790_000_000.0
"""2026-09-21: no true clock can show less than the date on which this code was written."""

LOOK_AGAIN_NS = 5 * NANOSECONDS
"""How long the kernel's word on synchronisation is believed before it is asked again."""

_STA_UNSYNC = 0x0040  # <linux/timex.h>: the clock is not synchronised
_TIMEX_BYTES = (
    512  # more than sizeof(struct timex) on every Linux; modes = 0 in the first word makes the call read-only
)


class Clock:
    """Tells `Now`. `synchronised` answers whether the kernel's clock is disciplined; tests give their own."""

    def __init__(self, synchronised: Callable[[], bool] | None = None) -> None:
        self._boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        self._synchronised = synchronised or kernel_synchronised
        self._asked_ns = -LOOK_AGAIN_NS
        self._believed = False

    def __call__(self) -> Now:
        """The present moment on every clock."""
        boottime_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        utc = time.time()
        if boottime_ns - self._asked_ns >= LOOK_AGAIN_NS:
            self._asked_ns = boottime_ns
            self._believed = self._synchronised()
        return Now(self._boot_id, boottime_ns, utc, self._believed and utc >= BUILT_UTC)


def kernel_synchronised() -> bool:
    """Whether the kernel says that its clock is synchronised (adjtimex(2), STA_UNSYNC clear)."""
    adjtimex = getattr(ctypes.CDLL(None, use_errno=True), "adjtimex", None)
    if adjtimex is None:
        return False
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)
    if adjtimex(timex) < 0:
        return False
    status_at = 5 * ctypes.sizeof(ctypes.c_long)  # after modes (padded), offset, freq, maxerror, esterror
    return not int.from_bytes(timex.raw[status_at : status_at + 4], "little") & _STA_UNSYNC
