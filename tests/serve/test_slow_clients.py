"""Clients that keep us waiting, read nothing, or are too many: cut off in time, and everybody else is served."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway.serve import bodies, connection
from gateway.serve.connection import CONNECTIONS, CONNECTIONS_OF_ONE, too_many
from tests.serve.compound import CALM, OPEN, Town, until
from tests.serve.sse import streaming
from tests.serve.wire import HOST, JSON, LIMIT_SECONDS, SIGN_IN, authorised, still_served, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

VIEWS = "view=overview&view=building:b1&view=building:b2"


async def test_whoever_takes_too_long_over_a_head_is_cut_off_and_nobody_waits_for_him(
    attacked: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)

    async with AsyncExitStack() as stack:
        slow = [await stack.enter_async_context(wire(attacked)) for _ in range(30)]
        for number, attacker in enumerate(slow[1:]):  # the first says nothing at all
            attacker.send_bytes(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Drip: "[: 1 + 2 * number])
        await still_served(attacked)
        for _ in range(8):
            for attacker in slow[1:]:
                attacker.send_bytes(b"a")
            await asyncio.sleep(0.03)  # a drip is a matter of time
        ends = [await attacker.ended() for attacker in slow]

    assert b"200" not in b"".join(ends)


async def test_whoever_drips_on_after_his_answer_is_cut_off_too(
    attacked: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.1)

    async with wire(attacked) as attacker:
        attacker.send("POST /api/v1/alarms/1/ack HTTP/1.1", HOST, JSON, "Content-Length: 50000")
        refused = await attacker.answer()
        ended = asyncio.create_task(attacker.ended())
        for _ in range(50):
            attacker.send_bytes(b" ")
            await asyncio.sleep(0.02)  # a drip is a matter of time
            if ended.done():
                break

    assert refused.status == 401
    assert ended.done()


async def test_a_connection_between_two_requests_is_kept(attacked: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)

    async with wire(attacked) as browser:
        browser.send("GET /healthz HTTP/1.1", HOST)
        first = await browser.answer()
        await asyncio.sleep(0.1)  # longer than a head may take
        browser.send("GET /healthz HTTP/1.1", HOST)
        second = await browser.answer()

    assert (first.status, second.status) == (200, 200)


async def test_a_body_that_drips_is_given_up(attacked: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "_JSON", bodies._JSON._replace(seconds=0.1))

    async with wire(attacked) as attacker:
        attacker.send(SIGN_IN, HOST, JSON, "Content-Length: 50", body=b'{"code')
        answer = await attacker.answer()
        await attacker.ended()

    assert answer.status == 408


async def test_a_stream_that_is_never_read_is_cut_off_and_others_are_told(
    attacked: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "UNREAD_SECONDS", 0.2)
    monkeypatch.setattr(connection, "SEND_BUFFER_BYTES", 4096)

    async with wire(attacked, receive_buffer=2048) as attacker, streaming(attacked, "device:b1u1") as events:
        attacker.send(f"GET /api/v1/stream?{VIEWS} HTTP/1.1", HOST, authorised(attacked))
        await until(lambda: attacked.hub.listeners == 2)
        last = asyncio.create_task(events.next("delta", lambda said: _volts(said) == 99.0))
        async with asyncio.timeout(LIMIT_SECONDS):
            while attacked.hub.listeners == 2:  # as fast as the hub can tell them
                attacked.road.hear("b1u1", OPEN)
                await asyncio.sleep(0)
                attacked.road.hear("b1u1", CALM)
                await asyncio.sleep(0)
        attacked.road.hear("b1u1", (False, False, False, 99.0))
        told = await last

    assert told.data["view"] == "device:b1u1"


def _volts(said: Any) -> float | None:
    found: list[float] = said["devices"]["b1u1"]["points"].get("supply_voltage", [None])
    return found[0]


async def test_there_are_only_so_many_connections_and_who_has_one_keeps_it(
    attacked: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CONNECTIONS", 5)

    async with AsyncExitStack() as stack:
        open_ones = [await stack.enter_async_context(wire(attacked)) for _ in range(5)]
        for one in open_ones:
            one.send("GET /healthz HTTP/1.1", HOST)
            await one.answer()
        async with wire(attacked) as late:
            assert await late.ended() == b""
        open_ones[0].send("GET /healthz HTTP/1.1", HOST)
        kept = await open_ones[0].answer()

    assert kept.status == 200
    await still_served(attacked)


async def test_one_address_has_its_share_of_them_but_a_proxy_on_this_machine_stands_for_all() -> None:
    share = CONNECTIONS_OF_ONE

    assert too_many(["192.0.2.9"] * (share + 1), "192.0.2.9")
    assert not too_many(["192.0.2.9"] * share, "192.0.2.9")
    assert not too_many([*["192.0.2.9"] * (share + 1), "192.0.2.10"], "192.0.2.10")
    assert not too_many(["127.0.0.1"] * (share + 1), "127.0.0.1")
    assert not too_many(["fe80::1%eth0"], "fe80::1%eth0")
    assert too_many(["127.0.0.1"] * (CONNECTIONS + 1), "127.0.0.1")
