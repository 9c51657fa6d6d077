from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bench.stream import Event, StreamRefused, parse, stream

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@asynccontextmanager
async def server(answer: list[bytes], asked: list[bytes] | None = None) -> AsyncIterator[int]:
    """Answers one request with these pieces, each in a segment of its own."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        for piece in answer:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as listening:
        yield listening.sockets[0].getsockname()[1]


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def events_of(answer: list[bytes]) -> list[tuple[str, str, str]]:
    async with server(answer) as port, stream("127.0.0.1", port, "t", ["overview"]) as events:
        return [(event.name, event.id, event.data) async for event in events]


async def test_events_are_read_however_they_are_cut() -> None:
    body = b'event: snapshot\ndata: {"seq":1}\n\n: warm\n\nevent: alarm\nid: 17\ndata: {"x":\ndata: 2}\n\n'
    whole = [HEAD + chunk(body) + chunk(b"")]
    crumbs = [HEAD, *(chunk(body[i : i + 3]) for i in range(0, len(body), 3)), chunk(b"")]

    assert await events_of(whole) == [("snapshot", "", '{"seq":1}'), ("alarm", "17", '{"x":\n2}')]
    assert await events_of(crumbs) == await events_of(whole)


async def test_a_gateway_that_dies_ends_the_events() -> None:
    assert await events_of([HEAD + chunk(b"data: 1\n\n") + b"ff\r\nhalf a chu"]) == [("message", "", "1")]


async def test_the_request_carries_views_token_and_where_to_resume() -> None:
    asked: list[bytes] = []

    async with (
        server([HEAD + chunk(b"")], asked) as port,
        stream("127.0.0.1", port, "secret", ["overview", "building:b1"], last_event_id="17") as events,
    ):
        assert [event async for event in events] == []

    head = asked[0].decode()
    assert head.startswith("GET /api/v1/stream?view=overview&view=building:b1 HTTP/1.1\r\n")
    assert "Authorization: Bearer secret\r\n" in head
    assert "Last-Event-ID: 17\r\n" in head


async def test_a_refusal_is_an_error_with_the_answer_in_it() -> None:
    async with server([b"HTTP/1.1 401 Unauthorized\r\n\r\n", b'{"title":"no token"}']) as port:
        with pytest.raises(StreamRefused, match=r"401 Unauthorized: .*no token"):
            async with stream("127.0.0.1", port, "t", ["overview"]):
                pass


def test_a_block_without_data_is_no_event() -> None:
    assert parse(": comment", 5) is None
    assert parse("event:tick\ndata:1", 5) == Event("tick", "", "1", 5)
