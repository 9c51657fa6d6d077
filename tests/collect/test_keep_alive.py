from __future__ import annotations

import asyncio
import random
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from drivers.contract import LineLost, Link, LinkChanged, Misconfigured, Sample
from gateway.collect import keep_alive
from gateway.collect.clock import Clock
from gateway.collect.keep_alive import KeepAlive
from tests.drivers.recording_post import RecordingPost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from drivers.contract import Post
    from gateway.model import LineChanged

SAMPLE = Sample("d1", 0, (True,), None, 1)
SILENT = LinkChanged("d1", Link.LOST, "does not answer", 1)


class Road(RecordingPost):
    """A road that remembers what it was told of the line."""

    def __init__(self) -> None:
        super().__init__()
        self.said_of_line: list[tuple[Link, str]] = []

    def line_changed(self, changed: LineChanged, /) -> None:
        self.said_of_line.append((changed.link, changed.why))


class Scripted:
    """A driver whose lives are written down: what it reports, and how it ends. After the last one it lives on."""

    def __init__(self, *lives: tuple[list[Sample | LinkChanged], Exception | None]) -> None:
        self._lives = list(lives)

    async def run(self, post: Post) -> None:
        reports, end = self._lives.pop(0) if self._lives else ([], None)
        for report in reports:
            post.report(report)
        if end is not None:
            raise end
        await asyncio.Event().wait()


@asynccontextmanager
async def alive(driver: Scripted, lives: int) -> AsyncIterator[tuple[Road, KeepAlive]]:
    """Run until the driver has begun so many lives."""
    road = Road()
    keeper = KeepAlive("l1", driver, road, Clock(), random.Random(1))  # type: ignore[arg-type] # what KeepAlive needs
    task = asyncio.create_task(keeper.run())
    try:
        async with asyncio.timeout(5):
            while keeper.attempts < lives:
                await asyncio.sleep(0.001)
        yield road, keeper
    finally:
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_WAIT_SECONDS", "LONGEST_WAIT_SECONDS", "PERSON_WAIT_SECONDS"):
        monkeypatch.setattr(keep_alive, name, 0.001)


async def test_a_loss_is_said_once_however_often_it_is_tried_and_the_return_once() -> None:
    lost = LineLost("10.0.0.7:502 refuses the connection")
    driver = Scripted(([SAMPLE], lost), ([], lost), ([], lost), ([SAMPLE, SAMPLE], None))

    async with alive(driver, 4) as (road, _):
        assert road.said_of_line == [(Link.UP, ""), (Link.LOST, str(lost)), (Link.UP, "")]


async def test_a_device_that_does_not_answer_is_no_sign_that_the_line_is_back() -> None:
    lost = LineLost("nothing behind it answers")
    driver = Scripted(([], lost), ([SILENT], lost), ([SILENT], None))

    async with alive(driver, 3) as (road, _):
        assert road.said_of_line == [(Link.LOST, str(lost))]
        assert road.reports == [SILENT, SILENT]


async def test_a_line_that_only_a_person_can_mend_is_called_so() -> None:
    driver = Scripted(([], Misconfigured("the profile asks for too much")), ([], None))

    async with alive(driver, 2) as (road, _):
        assert road.said_of_line == [(Link.MISCONFIGURED, "the profile asks for too much")]


async def test_a_driver_that_breaks_its_contract_loses_its_line_and_is_started_again() -> None:
    driver = Scripted(([SAMPLE], TypeError("a bug")), ([SAMPLE], None))

    async with alive(driver, 2) as (road, _):
        assert [link for link, _ in road.said_of_line] == [Link.UP, Link.LOST, Link.UP]
        assert "TypeError('a bug')" in road.said_of_line[1][1]


async def test_waits_grow_with_each_failure_and_begin_anew_after_a_success(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(keep_alive, "FIRST_WAIT_SECONDS", 0.0001)
    monkeypatch.setattr(keep_alive, "LONGEST_WAIT_SECONDS", 0.0008)

    async def note(_keeper: KeepAlive, seconds: float) -> None:
        waits.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr(KeepAlive, "_pause", note)
    lost = LineLost("gone")
    driver = Scripted(*([([], lost)] * 5), ([SAMPLE], lost), ([], lost))

    async with alive(driver, 8):
        assert waits == [0.0002, 0.0004, 0.0008, 0.0008, 0.0008, 0.0001, 0.0002]


async def test_a_cursor_that_is_too_large_is_the_drivers_own_mistake() -> None:
    async with alive(Scripted(), 1) as (road, keeper):
        with pytest.raises(ValueError, match="d1: a cursor of 70002 bytes, at most 65536"):
            await keeper.keep([], {"d1": "x" * 70_000})

        assert road.cursors == {}
