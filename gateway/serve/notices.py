"""Who was told of an alarm, by which channel and what became of it; and how the channels are doing."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads annotations at run time
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from gateway.serve.asks import AlarmNumber, Ask, Asking, answer
from gateway.serve.duty_sheet import somebody
from gateway.serve.instants import iso, moment
from gateway.serve.problems import unknown
from gateway.serve.right import ANSWERS
from gateway.serve.shape import Shape
from gateway.serve.standing import Stood
from gateway.serve.views import sees_alarm

if TYPE_CHECKING:
    from fastapi import APIRouter
    from starlette.responses import Response

    from gateway.deliver.notify.lane import ChannelStanding
    from gateway.keep.notices import KeptNotice
    from gateway.serve.views import Body

_DEPARTMENT = "department:"

Fates = Literal["waiting", "sent", "delivered", "answered", "failed", "folded", "withdrawn"]


class Told(Shape):
    """Somebody who was told."""

    id: Annotated[str, Field(description="The person's or department's id.")]
    name: Annotated[str, Field(description="What people call him.")]


class Notice(Shape):
    """One message to one person over one channel."""

    number: Annotated[int, Field(description="Counts up for ever.")]
    step: Annotated[int, Field(description="The step of the escalation, 0 for the first.")]
    kind: Annotated[str, Field(description="raised, escalated, updated, cleared, shelf_ended.")]
    channel: Annotated[str, Field(description="The channel's id.")]
    person: Annotated[
        Told | None,
        Field(description="Who was told; null for a channel that is no person's, and to who may not see it."),
    ]
    fate: Annotated[
        Fates,
        Field(
            description="waiting; sent: the channel's server has it; delivered: the phone has it; answered; failed: the next "
            "way was taken; folded: it went out together with others; withdrawn: it was not needed any more."
        ),
    ]
    why: Annotated[str, Field(description="Why it failed or was withdrawn.")]
    made: Annotated[datetime, Field(description="When it was decided upon.")]
    sent: Annotated[datetime | None, Field(description="When it left the house; null while it did not.")]
    changed: Annotated[datetime, Field(description="When its fate was last heard of.")]


class Notices(Shape):
    """What people were told of an alarm."""

    number: Annotated[int, Field(description="The alarm's number.")]
    notices: Annotated[list[Notice], Field(description="Oldest first.")]


class Channel(Shape):
    """How a channel to people is doing. Numbers count since the gateway started."""

    id: Annotated[str, Field(description="Its name in the configuration.")]
    kind: Annotated[str, Field(description="Which channel it is.")]
    way: Annotated[str, Field(description="chat, sms, ring, mail or other; empty for one that is not run.")]
    target: Annotated[str, Field(description="Where it leads; no secret in it.")]
    state: Annotated[
        Literal["starting", "up", "failing", "refused"],
        Field(description="failing: time may cure it; refused: only a person can."),
    ]
    why: Annotated[str, Field(description="What is wrong.")]
    since: Annotated[datetime | None, Field(description="Since when it is so; null before its first message.")]
    waiting: Annotated[int, Field(description="Notices that wait for it.")]
    sent: Annotated[int, Field(description="Messages that its server took.")]
    failed: Annotated[int, Field(description="Notices that were given up here.")]
    tokens_left: Annotated[
        int, Field(description="How many messages it bears at this moment, the reserve for P1 counted.")
    ]
    last_sent: Annotated[datetime | None, Field(description="When a message was last taken.")]


class Channels(Shape):
    """All of them."""

    channels: Annotated[list[Channel], Field(description="In the order of the configuration.")]


async def notices(ask: Asking, number: AlarmNumber) -> Response:
    """Who was told of an alarm, how, and what became of it."""
    stood = ask.house.hub.views.standing.get(number)
    if stood is None and (old := await ask.house.records.alarm(number)) is not None:
        stood = Stood(old, recorded=True)
    if stood is None or not sees_alarm(ask.scope, stood):
        raise unknown("alarm", str(number))
    kept = await ask.house.records.notices_about(f"alarm:{number}")
    return answer({"number": number, "notices": [_notice(ask, each) for each in kept]})


async def channels(ask: Asking) -> Response:
    """How the channels to people are doing."""
    return answer({"channels": [_channel(each) for each in ask.house.channels()]})


def _told(ask: Ask, person: str) -> Body | None:
    """A person or department by name."""
    staff = ask.house.duty.staff
    department = staff.departments.get(person.removeprefix(_DEPARTMENT)) if person.startswith(_DEPARTMENT) else None
    return somebody(staff, person) if department is None else {"id": person, "name": department.name}


def _notice(ask: Ask, kept: KeptNotice) -> Body:
    notice = kept.notice
    named = ask.actor.role in ANSWERS
    return {
        "number": notice.number,
        "step": notice.step,
        "kind": notice.kind,
        "channel": notice.channel,
        "person": _told(ask, notice.person) if named else None,
        "fate": kept.fate.value,
        "why": kept.why,
        "made": iso(notice.made_utc),
        "sent": moment(kept.sent_utc),
        "changed": iso(kept.changed_utc),
    }


def _channel(standing: ChannelStanding) -> Body:
    return {
        "id": standing.id,
        "kind": standing.kind,
        "way": standing.way,
        "target": standing.target,
        "state": standing.state.value,
        "why": standing.why,
        "since": moment(standing.since_utc or None),
        "waiting": standing.waiting,
        "sent": standing.sent,
        "failed": standing.failed,
        "tokens_left": standing.tokens_left,
        "last_sent": moment(standing.last_sent_utc),
    }


def add_routes(router: APIRouter) -> None:
    """The routes of notices and channels."""
    router.add_api_route("/api/v1/alarms/{number}/notices", notices, response_model=Notices)
    router.add_api_route("/api/v1/channels", channels, response_model=Channels)
