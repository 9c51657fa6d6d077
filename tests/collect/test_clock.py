from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.collect.clock import BUILT_UTC, Clock, kernel_synchronised

if TYPE_CHECKING:
    import pytest


def test_a_synchronised_clock_is_believed_and_another_is_not() -> None:
    assert Clock(lambda: True)().trusted
    assert not Clock(lambda: False)().trusted


def test_no_clock_is_believed_that_shows_less_than_the_day_this_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.collect.clock.time.time", lambda: BUILT_UTC - 1)

    assert not Clock(lambda: True)().trusted


def test_the_kernel_is_not_asked_at_every_look() -> None:
    asked: list[int] = []

    def synchronised() -> bool:
        asked.append(1)
        return True

    clock = Clock(synchronised)
    for _ in range(100):
        clock()

    assert len(asked) == 1


def test_boot_time_is_what_the_kernel_says_and_the_boot_id_stays() -> None:
    clock = Clock()

    first, second = clock(), clock()

    assert first.boottime_ns <= second.boottime_ns <= time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert first.boot_id == second.boot_id != ""
    assert isinstance(kernel_synchronised(), bool)
