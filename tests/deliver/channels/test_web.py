"""HTTP as channels use it: what each answer means, and what is never waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from aiohttp import web as aioweb

from gateway.deliver.channels import web
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.web import LONGEST_ANSWER, Web, cut
from tests.deliver.channels.small_server import served

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


def saying(
    status: int, body: bytes = b"{}", headers: Mapping[str, str] | None = None
) -> Callable[[aioweb.Request], Awaitable[aioweb.StreamResponse]]:
    async def answer(_: aioweb.Request) -> aioweb.StreamResponse:
        return aioweb.Response(status=status, body=body, headers=headers)

    return answer


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
async def test_what_may_pass_is_down(status: int) -> None:
    async with served(saying(status)) as url, Web() as way:
        with pytest.raises(ChannelDown):
            await way.post(url, {})


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410])
async def test_what_only_a_person_cures_is_refused_and_no_redirect_is_followed(status: int) -> None:
    async with served(saying(status, headers={"Location": "/elsewhere"})) as url, Web() as way:
        with pytest.raises(ChannelRefused, match=str(status)):
            await way.post(url, {})


@pytest.mark.parametrize(
    ("told", "seconds"), [("7", 7.0), ("999999", 3600.0), ("-1", None), ("soon", None), ("", None), ("1e3", None)]
)
async def test_how_long_the_server_asks_to_wait_is_passed_on_within_reason(told: str, seconds: float | None) -> None:
    async with served(saying(429, headers={"Retry-After": told})) as url, Web() as way:
        with pytest.raises(ChannelDown) as down:
            await way.post(url, {})

    assert down.value.after_seconds == seconds


async def test_an_answer_as_long_as_allowed_is_read_and_a_longer_one_is_not() -> None:
    async with served(saying(200, b"x" * LONGEST_ANSWER)) as url, Web() as way:
        whole = await way.post(url, {})
    async with served(saying(200, b"x" * (LONGEST_ANSWER + 1))) as url, Web() as way:
        with pytest.raises(ChannelDown, match="longer than"):
            await way.post(url, {})

    assert len(whole.body) == LONGEST_ANSWER


async def test_a_compressed_answer_that_grows_beyond_bounds_is_not_unpacked_whole() -> None:
    async def answer(_: aioweb.Request) -> aioweb.StreamResponse:
        response = aioweb.Response(body=b"0" * 5_000_000)
        response.enable_compression(aioweb.ContentCoding.gzip)
        return response

    async with served(answer) as url, Web() as way:
        with pytest.raises(ChannelDown):
            await way.post(url, {})


async def test_an_answer_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "WHOLE_SECONDS", 0.05)

    async def answer(request: aioweb.Request) -> aioweb.StreamResponse:
        response = aioweb.StreamResponse()
        await response.prepare(request)
        await response.write(b"{")
        await asyncio.Event().wait()
        return response

    async with served(answer) as url, Web() as way:
        with pytest.raises(ChannelDown, match="no answer within"):
            await way.post(url, {})


@pytest.mark.parametrize(("longest", "text"), [(3, "…"), (5, "…"), (6, "火…"), (9, "火灾报"), (10, "火灾报")])
def test_a_text_is_cut_between_characters(longest: int, text: str) -> None:
    assert cut("火灾报", longest) == text
    assert len(text.encode()) <= longest
