"""SMS by any service: what is filled in where, and what its answers mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.sms_http import filled
from gateway.deliver.channels.sms_http_config import SmsHttpConfig
from tests.deliver.channels.sending import message, running, wiring
from tests.deliver.channels.small_server import served

if TYPE_CHECKING:
    from gateway.deliver.channels.sms_http import SmsHttp

BODY: dict[str, Any] = {"phones": ["{to}"], "content": {"text": "{text}", "urgent": True}}


def channel(url: str, **more: Any) -> SmsHttp:
    return SmsHttpConfig.model_validate({"id": "sms", "kind": "sms_http", "url": url, "body": BODY, **more}).build(
        wiring()
    )


async def said(answer: web.Response, **more: Any) -> None:
    async def answering(_request: web.Request) -> web.Response:
        return answer

    async with served(answering) as url:
        sms = channel(url, **more)
        async with running(sms):
            await sms.send(message())


async def test_number_text_and_secret_stand_where_they_were_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMS_KEY", "k&y")
    asked: list[tuple[str, str, Any]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.path_qs, request.headers["Authorization"], await request.json()))
        return web.json_response({"result": {"code": 0}})

    async with served(answer) as url:
        sms = channel(
            f"{url}send?key={{secret}}",
            headers={"Authorization": "Bearer {secret}"},
            secret={"env": "SMS_KEY"},
            success={"key": "result.code", "equals": 0},
        )
        async with running(sms):
            await sms.send(message(to="138", text="火警 {to} {secret}"))

    path, authorization, body = asked[0]
    assert (path, authorization) == ("/send?key=k%26y", "Bearer k&y")
    assert body == {"phones": ["138"], "content": {"text": "火警 {to} {secret}", "urgent": True}}


async def test_a_form_and_a_get_are_filled_in_as_well() -> None:
    asked: list[tuple[str, dict[str, str]]] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append((request.method, {**request.query, **{n: str(v) for n, v in (await request.post()).items()}}))
        return web.Response()

    async with served(answer) as url:
        form = channel(url, form=True, body={"to": "{to}", "text": "{text}"})
        get = channel(f"{url}?to={{to}}&text={{text}}", method="GET", body={})
        async with running(form), running(get):
            await form.send(message(to="138", text="a b&c"))
            await get.send(message(to="138", text="a b&c"))

    assert asked == [("POST", {"to": "138", "text": "a b&c"}), ("GET", {"to": "138", "text": "a b&c"})]


async def test_a_no_inside_http_200_is_a_no() -> None:
    with pytest.raises(ChannelRefused, match="code = '41'"):
        await said(web.json_response({"code": 41}), success={"key": "code", "equals": "0"})


@pytest.mark.parametrize("body", ["", "<html>busy</html>", "[]", '{"state": "ok"}', '{"code": ' + "[" * 10_000])
async def test_an_answer_that_says_nothing_may_pass(body: str) -> None:
    with pytest.raises(ChannelDown):
        await said(web.Response(text=body), success={"key": "code", "equals": "0"})


@pytest.mark.parametrize(
    ("status", "error"), [(429, ChannelDown), (500, ChannelDown), (302, ChannelRefused), (403, ChannelRefused)]
)
async def test_a_status_that_is_no_success_is_none(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        await said(web.Response(status=status, headers={"Location": "/elsewhere"}))


def test_what_is_filled_in_is_not_looked_through_again() -> None:
    words = {"{a}": "{b}", "{b}": "x"}

    assert filled("{a}{b}{a}", words, str) == "{b}x{b}"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"body": {"to": "{to}"}}, "{text} stands neither"),
        ({"headers": {"Key": "{secret}"}}, "go together"),
        ({"url": "http://sms.example.com/", "secret": {"env": "X"}, "headers": {"K": "{secret}"}}, "in clear"),
        ({"url": "ftp://127.0.0.1/"}, "http"),
        ({"form": True}, "a form has strings alone"),
    ],
)
def test_what_cannot_work_is_refused_before_it_is_tried(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        channel(**{"url": "https://sms.example.com/", **wrong})
