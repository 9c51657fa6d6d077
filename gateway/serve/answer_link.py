"""One-time links. To open one changes nothing, for chat tools open them too; only its button acts, and uses it up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import Path
from starlette.responses import HTMLResponse, Response

from dashboards.texts import catalogue, text
from gateway.deliver.links import LONGEST_TOKEN, LinkInvalid
from gateway.linking import TakeByLink
from gateway.model import Refused
from gateway.serve.answer_link_page import STYLE, closing, page
from gateway.serve.asks import Ask, Asking  # noqa: TC001 - FastAPI reads annotations at run time

if TYPE_CHECKING:
    from fastapi import APIRouter

    from gateway.model import Alarm
    from gateway.serve.answer_links import Answering

Token = Annotated[str, Path(description="What the link is proved by.", max_length=LONGEST_TOKEN)]


async def show(ask: Asking, token: Token) -> Response:
    """What the link is about, with the button where there is still something to press."""
    answering = await _known(ask, token)
    if answering is None:
        return _closing(ask, "wrong", 404)
    if answering.spent:
        return _closing(ask, "spent")
    if ask.house.now().utc > answering.link.until_utc:
        return _closing(ask, "expired", 410)
    alarm = _alarm(ask, answering)
    if alarm is None:
        return _closing(ask, "over")
    if alarm.acked:
        return _closing(ask, "taken")
    language = _language(ask)
    body = page(
        language,
        _what(ask, alarm),
        (alarm.why, text(language, "answer_link.press")),
        text(language, "alarm.ack"),
    )
    return _sent(body)


async def press(ask: Asking, token: Token) -> Response:
    """Take the alarm for whom the link was made."""
    answering = await _known(ask, token)
    if answering is None:
        return _closing(ask, "wrong", 404)
    links = ask.house.answer_links
    assert links is not None  # noqa: S101 - `_known` says None without
    link, alarm = answering.link, _alarm(ask, answering)
    # whoever was told of an alarm may take it, wherever it is, and no other: that much a link proves
    actor = replace(answering.actor, grids=frozenset({"" if alarm is None else alarm.place.grid}))
    try:
        outcomes = await links.act(TakeByLink(actor, link.number, link.mark, link.until_utc))
    except TimeoutError:
        return _closing(ask, "not_recorded", 503)
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            return _closing(ask, _REFUSED.get(outcome.code, "not_allowed"), 409)
    return _closing(ask, "done")


async def style() -> Response:
    """How these pages look."""
    return Response(STYLE, media_type="text/css")


_REFUSED = {"link_spent": "spent", "link_expired": "expired", "alarm_closed": "over"}


async def _known(ask: Ask, token: str) -> Answering | None:
    """Who came with what; None, late, for a link that is not ours. Raises Problem 429 for a flood of them."""
    links = ask.house.answer_links
    try:
        if links is not None:
            return await links.read(token)
    except LinkInvalid:
        pass
    except TimeoutError:  # the disk: that somebody guessed is then not recorded
        return None
    await ask.actors.slow()
    return None


def _alarm(ask: Ask, answering: Answering) -> Alarm | None:
    stood = ask.house.hub.views.standing.get(answering.link.number)
    return None if stood is None else stood.alarm


def _what(ask: Ask, alarm: Alarm) -> str:
    """Where and what, as the message said it."""
    language = _language(ask)
    key = f"alarm.{alarm.rule}"
    parts = (
        f"【{text(language, 'alarm.simulated')}】" if alarm.simulated else "",
        f"【{text(language, 'alarm.test')}】" if alarm.test else "",
        ask.house.hub.views.layout.in_words(alarm.place),
        text(language, key) if key in catalogue(language) else alarm.rule,
    )
    return " ".join(filter(None, parts))


def _language(ask: Ask) -> str:
    return ask.house.hub.views.layout.compound.language


def _closing(ask: Ask, key: str, status: int = 200) -> Response:
    return _sent(closing(_language(ask), key), status)


def _sent(body: str, status: int = 200) -> Response:
    return HTMLResponse(body, status, {"Cache-Control": "no-store"})


def add_routes(router: APIRouter) -> None:
    """The routes of links: pages, and so in no description of the API."""
    router.add_api_route("/a.css", style, response_model=None, include_in_schema=False)
    router.add_api_route("/a/{token}", show, methods=["GET"], response_model=None, include_in_schema=False)
    router.add_api_route("/a/{token}", press, methods=["POST"], response_model=None, include_in_schema=False)
