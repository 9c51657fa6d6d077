"""What an exception in answer to a read means, and when to ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

TARGET_SILENT: Final = frozenset({10, 11})
"""Exceptions by which a gateway says that the unit behind it does not answer: the unit is silent, the line is well."""

MAP_IS_WRONG: Final = frozenset({1, 2, 3})
"""Exceptions by which a device says that it is not what its profile says."""

BUSY_AGAIN_SECONDS: Final = (0.1, 0.2, 0.4)
"""When to ask a busy device again: reads, and writes that may be repeated."""

_BUSY: Final = 6
_MAP_IS_WRONG_SECONDS: Final = 600.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why` is said once asking again after each of `soon` did not help; then the read waits `later_seconds`."""

    why: str
    soon: tuple[float, ...] = ()
    later_seconds: float = 1.0


_REFUSALS: Final = {
    1: Refusal("device refuses address", later_seconds=_MAP_IS_WRONG_SECONDS),
    2: Refusal("device refuses address", later_seconds=_MAP_IS_WRONG_SECONDS),
    3: Refusal("device refuses request", later_seconds=_MAP_IS_WRONG_SECONDS),
    4: Refusal("device failure", soon=(1.0,)),
    5: Refusal("device busy", soon=BUSY_AGAIN_SECONDS),
    6: Refusal("device busy", soon=BUSY_AGAIN_SECONDS),
    8: Refusal("device memory error"),
}
_ODD_REFUSAL: Final = Refusal("device refuses", later_seconds=60.0)


def refusal(code: int) -> Refusal:
    """What an exception code means (Modbus Application Protocol V1.1b3, 7)."""
    return _REFUSALS.get(code, _ODD_REFUSAL)


def is_busy(code: int) -> bool:
    """Whether an exception says that the device did nothing because it is busy."""
    return code == _BUSY
