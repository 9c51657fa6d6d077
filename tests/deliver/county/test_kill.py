"""`kill -9` at random moments: the platform gets every change of every incident, and each for the first time in order."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import random
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.collect.clock import Clock
from gateway.deliver.county.messages import message_of
from gateway.incident import GoToIncident, ReturnIncident
from gateway.keep.journal import Journal
from tests.decide.incidents.office import WANG, Office, report
from tests.deliver.county.platform import SECRET, FakeCounty, county, status
from tests.deliver.county.test_outlet import WORDS, Box, running

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

ROUNDS = 100 if os.environ.get("GRIDPOST_SOAK") else 2


async def test_nothing_is_lost_and_nothing_overtakes_by_kill_9(tmp_path: Path) -> None:
    noise = random.Random(7)
    async with county() as fake:
        for _ in range(ROUNDS):
            fake.tricks.extend(status(503) for _ in range(noise.randrange(3)))
            before = fake.requests
            child = _start(tmp_path, fake.url)
            await _until_it_sends(fake, before)
            await asyncio.sleep(noise.uniform(0.0, 0.15))
            child.kill()
            await asyncio.to_thread(child.join)
            child.close()

        fake.tricks.clear()
        wanted = await _all_that_goes(tmp_path, fake)

    assert [each["message"] for each in fake.taken] == wanted
    assert len(wanted) > ROUNDS


async def _until_it_sends(fake: FakeCounty, before: int) -> None:
    async with asyncio.timeout(20):
        while fake.requests <= before:
            await asyncio.sleep(0.002)


async def _all_that_goes(folder: Path, fake: FakeCounty) -> list[str]:
    """Let the last run end its work; returns the messages of all rows since the platform was set up, in order."""
    async with Journal.open(folder, Clock()()) as journal:
        with closing(journal.reader()) as reader:
            there = Box(journal, reader)
            rows = [row for row in await reader.log(0, 1_000, "incident") if row.subject != "0"]
            messages = [message.id for row in rows if (message := message_of(row, WORDS)) is not None]
            async with running(there.build(fake.url)):
                await fake.until(lambda: len(fake.taken) >= len(messages))
    return messages


def _start(folder: Path, url: str) -> BaseProcess:
    os.environ["COUNTY_SECRET"] = SECRET
    children = multiprocessing.get_context("forkserver")
    children.set_forkserver_preload([__name__])
    child = children.Process(target=_live, args=(folder, url), daemon=True)
    child.start()
    return child


def _live(folder: Path, url: str) -> None:
    os.environ["COUNTY_SECRET"] = SECRET
    asyncio.run(_work(Path(folder), url))


async def _work(folder: Path, url: str) -> None:
    """A box that records what happens to one incident after the other, and sends it."""
    async with Journal.open(folder, Clock()()) as journal:
        with closing(journal.reader()) as reader:
            there = Box(journal, reader, Office(disk=_later(time.time_ns())))
            async with running(there.build(url)):
                while journal.cursor("county:c-17") is None:
                    await asyncio.sleep(0.001)
                while True:
                    there.office.act(report())
                    number = max(each.number for each in there.office.all)
                    there.office.act(GoToIncident(WANG, number))
                    there.office.act(ReturnIncident(WANG, number, "不行"))
                    await there.record()
                    await asyncio.sleep(0.005)


def _later(number: int) -> dict[str, object]:
    """A memory from which incidents count on, so that no two runs make the same."""
    return {"incident_number": number}
