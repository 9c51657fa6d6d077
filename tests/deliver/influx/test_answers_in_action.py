"""The outlet against answers that no real server here gives: each status of InfluxDB 2 and 3, and of what stands between."""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING

import pytest

from gateway.deliver.influx import outlet as outlet_module
from gateway.deliver.influx.covered import FRESH
from gateway.deliver.outlet import TELEMETRY, State
from gateway.keep.outbox import Outbox
from tests.deliver.influx.scripted import RESET, STORED, Scripted, reply
from tests.deliver.influx.wired import config, until, wired

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gateway.keep.outbox import Batch
    from tests.deliver.influx.scripted import Request


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet_module, "FAILING_SECONDS", (0.02, 0.05))
    monkeypatch.setattr(outlet_module, "REFUSED_SECONDS", (0.02, 0.05))


def numbers(scripted: Scripted, answered: Callable[[Request], bool]) -> list[int]:
    """The readings in requests that were answered so, in order."""
    lines = [line for request in scripted.requests if answered(request) for line in request.lines]
    return [int(line.split(b" n=")[1].split(b"i ")[0]) for line in lines if line.startswith(b"door")]


def refusing_bad(status: int, sentence: str) -> Callable[[Request], bytes]:
    """A server that takes none of a batch with a bad line in it, and does not say which."""

    def answer(request: Request) -> bytes:
        if b"bad" not in request.body:
            return STORED
        return reply(status, json.dumps({"code": "invalid", "message": sentence}).encode())

    return answer


@pytest.mark.parametrize("status", [400, 422])
async def test_a_bad_line_is_found_by_halving_and_only_once(status: int, tmp_path: Path) -> None:
    refusing = refusing_bad(status, "line protocol poorly formed")
    busy = {6, 9, 12}

    def answer(request: Request) -> bytes:
        return reply(503) if len(scripted.requests) in busy else refusing(request)

    async with Scripted(otherwise=answer) as scripted, wired(tmp_path) as house:
        async with house.outlet(config(scripted.url, dialect="v2")) as outlet:
            house.tell(700)
            house.put(b"bad,device=x n=1i 5\n")
            house.tell(1299)
            await until(lambda: outlet.standing.refused == 1)
            await house.stored()
        aside = await house.outbox.quarantined("influx")

    assert [(q.line.rstrip(), q.why) for q in aside] == [(b"bad,device=x n=1i 5", "line protocol poorly formed")]
    taken = numbers(scripted, lambda request: b"bad" not in request.body)
    assert set(taken) == set(range(1999))
    refused = sum(b"bad" in request.body for request in scripted.requests)
    assert refused <= 12 + len(busy)  # log2(2000) halvings


async def test_a_bad_line_that_is_quoted_costs_two_requests(tmp_path: Path) -> None:
    quoting = refusing_bad(400, "unable to parse 'bad,device=x n=1i 5': missing field value")
    async with (
        Scripted(otherwise=quoting) as scripted,
        wired(tmp_path) as house,
        house.outlet(config(scripted.url, dialect="v2")) as outlet,
    ):
        house.tell(700)
        house.put(b"bad,device=x n=1i 5\n")
        house.tell(1299)
        await until(lambda: outlet.standing.refused == 1)
        await house.stored()

    assert sum(b"bad" in request.body for request in scripted.requests) == 1
    assert set(numbers(scripted, lambda request: b"bad" not in request.body)) == set(range(1999))


async def test_a_server_that_resets_what_is_too_large_gets_it_in_smaller_pieces(tmp_path: Path) -> None:
    """InfluxDB 1.x does so with a body far over its `max-body-size`."""
    most = 80_000

    def answer(request: Request) -> bytes:
        return RESET if len(request.body) > most else STORED

    async with (
        Scripted(otherwise=answer) as scripted,
        wired(tmp_path) as house,
        house.outlet(config(scripted.url)) as outlet,
    ):
        await house.batches(1)
        await house.stored()

    assert numbers(scripted, lambda request: len(request.body) <= most) == list(range(2000))
    assert outlet.standing.refused == 0


async def test_a_400_that_speaks_of_no_line_costs_no_line(tmp_path: Path) -> None:
    asking = reply(400, b'{"code":"invalid","message":"Please provide either orgID or org"}')
    async with Scripted(otherwise=asking) as scripted, wired(tmp_path) as house:
        async with house.outlet(config(scripted.url, dialect="v2")) as outlet:
            await house.batches(1)
            await until(lambda: outlet.standing.state is State.REFUSED)
            scripted.otherwise = STORED
            await house.stored()
        aside = await house.outbox.quarantined("influx")

    assert aside == []
    assert set(numbers(scripted, lambda _: True)) == set(range(2000))


async def test_what_is_too_large_is_halved_and_the_size_is_remembered(tmp_path: Path) -> None:
    most = 40_000

    def answer(request: Request) -> bytes:
        return reply(413) if len(request.body) > most else STORED

    async with Scripted(otherwise=answer) as scripted, wired(tmp_path) as house, house.outlet(config(scripted.url)):
        await house.batches(1)
        await house.stored()
        first = len(scripted.requests)
        await house.batches(1)
        await house.stored()

    too_large = [len(request.body) > most for request in scripted.requests]
    assert any(too_large[:first])
    assert not any(too_large[first:])
    assert numbers(scripted, lambda request: len(request.body) <= most) == list(range(4000))


async def test_a_single_line_that_is_too_large_is_set_aside(tmp_path: Path) -> None:
    def answer(request: Request) -> bytes:
        return reply(413) if len(request.body) > 20_000 else STORED

    async with (
        Scripted(otherwise=answer) as scripted,
        wired(tmp_path) as house,
        house.outlet(config(scripted.url)) as outlet,
    ):
        house.put(b'bad why="%b" 5\n' % (b"x" * 30_000))
        await house.batches(1)
        await house.stored()

    assert outlet.standing.refused == 1
    assert numbers(scripted, lambda request: len(request.body) <= 20_000) == list(range(2000))


async def test_a_server_that_asks_to_be_left_alone_is(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    came: list[float] = []

    def busy(_: Request) -> bytes:
        came.append(loop.time())
        return reply(429, Retry_After="0.7") if len(came) == 1 else STORED

    async with (
        Scripted(otherwise=busy) as scripted,
        wired(tmp_path) as house,
        house.outlet(config(scripted.url)) as outlet,
    ):
        await house.batches(1)
        await until(lambda: outlet.standing.state is State.FAILING)
        why = outlet.standing.why
        await house.stored()

    assert came[1] - came[0] >= 0.7
    assert why.startswith("it answers 429")
    assert scripted.requests[0].body == scripted.requests[1].body


@pytest.mark.parametrize(
    "answer", [reply(500), reply(503, Retry_After="0"), reply(200, b"<html>Welcome"), b"", b"HTTP/1.1 2"]
)
async def test_anything_but_a_plain_yes_is_no_yes(answer: bytes, tmp_path: Path) -> None:
    async with (
        Scripted(otherwise=answer) as scripted,
        wired(tmp_path) as house,
        house.outlet(config(scripted.url, timeout_seconds=1)) as outlet,
    ):
        await house.batches(1)
        await scripted.until(1)
        await until(lambda: outlet.standing.state in (State.FAILING, State.REFUSED))
        points = outlet.standing.points
        scripted.otherwise = STORED
        await house.stored()

    assert points == 0
    assert numbers(scripted, lambda request: request is scripted.requests[0]) == list(range(2000))
    assert outlet.standing.state is State.UP


async def test_after_an_outage_fresh_readings_do_not_wait_for_the_old_ones(tmp_path: Path) -> None:
    async with Scripted() as scripted, wired(tmp_path) as house:
        async with house.outlet(config(scripted.url)):
            await house.stored()
        begin = len(scripted.requests)
        await house.batches(20)
        async with house.outlet(config(scripted.url)):
            await house.stored()

    first = numbers(scripted, lambda request: request is scripted.requests[begin])
    second = numbers(scripted, lambda request: request is scripted.requests[begin + 1])
    fresh_from = (20 - FRESH) * 2000
    assert first[0] == fresh_from
    assert second[0] == 0
    assert set(numbers(scripted, lambda _: True)) == set(range(40_000))


async def test_a_backlog_that_the_outbox_let_go_meanwhile_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, last_gone = Outbox.read, 17

    async def without_old(outbox: Outbox, after: int, most_bytes: int, *, before: int | None = None) -> Sequence[Batch]:
        return await read(outbox, max(after, last_gone), most_bytes, before=before)

    async with Scripted() as scripted, wired(tmp_path) as house:
        house.outbox.move("influx", TELEMETRY, 0)
        await house.batches(20)
        monkeypatch.setattr(Outbox, "read", without_old)
        async with house.outlet(config(scripted.url)):
            await house.stored()

    assert max(numbers(scripted, lambda _: True)) == 39_999


async def test_batches_are_joined_into_requests_of_a_bounded_size(tmp_path: Path) -> None:
    async with Scripted() as scripted, wired(tmp_path) as house:
        async with house.outlet(config(scripted.url)):
            await house.stored()
        begin = len(scripted.requests)
        await house.batches(10)
        async with house.outlet(config(scripted.url)):
            await house.stored()

    lines = [len(request.lines) for request in scripted.requests[begin:]]
    assert max(lines) <= 5000
    assert len(lines) <= 8
    assert all(request.body for request in scripted.requests)


async def test_a_crash_sends_the_newest_again_and_loses_nothing(tmp_path: Path) -> None:
    async with Scripted() as scripted:
        async with wired(tmp_path) as house:
            async with house.outlet(config(scripted.url)):
                await house.stored()
            await house.batches(12)
            begin = len(scripted.requests)
            scripted.replies.extend([STORED, STORED])
            scripted.otherwise = reply(503)
            async with house.outlet(config(scripted.url)):
                await scripted.until(begin + 3)
            cursor = house.outbox.cursor("influx", TELEMETRY)
        scripted.otherwise = STORED
        async with wired(tmp_path) as house:
            house.told = 24_000
            async with house.outlet(config(scripted.url)):
                await house.stored()

    assert cursor is not None
    assert cursor < 12
    assert set(numbers(scripted, lambda _: True)) == set(range(24_000))


async def test_compressed_bodies_say_so(tmp_path: Path) -> None:
    async with Scripted() as scripted, wired(tmp_path) as house, house.outlet(config(scripted.url, gzip=True)):
        await house.batches(1)
        await house.stored()

    request = scripted.requests[0]
    assert request.headers["content-encoding"] == "gzip"
    assert gzip.decompress(request.body).count(b"door,") == 2000
