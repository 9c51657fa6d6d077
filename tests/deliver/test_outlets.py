from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.deliver import outlets
from gateway.deliver.outlets import keep_running

if TYPE_CHECKING:
    import pytest


async def test_an_edge_that_stops_by_a_bug_is_said_and_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "FIRST_SECONDS", 0.001)
    runs: list[int] = []
    said: list[Exception] = []

    async def run() -> None:
        runs.append(len(runs))
        if len(runs) < 3:
            raise ZeroDivisionError("a bug")
        await asyncio.Event().wait()

    keeping = asyncio.create_task(keep_running(run, "toy", said.append))
    async with asyncio.timeout(5):
        while len(runs) < 3:
            await asyncio.sleep(0.002)
    keeping.cancel()
    await asyncio.wait([keeping])

    assert [type(bug) for bug in said] == [ZeroDivisionError, ZeroDivisionError]
    assert keeping.cancelled()
