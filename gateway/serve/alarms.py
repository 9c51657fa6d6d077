"""Alarms: what is open, what happened to it, and what people do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Query

from gateway.answering import ShelveAlarm, UnshelveAlarm, VerifyAlarm
from gateway.model import AckAlarm, Alarm, AlarmChanged, AlarmState, ResetAlarm
from gateway.serve import alarm_shapes
from gateway.serve.acts import walk
from gateway.serve.alarm_asks import ShelveBody, VerifyBody  # noqa: TC001 - FastAPI reads annotations at run time
from gateway.serve.asks import AlarmNumber, AlarmsQuery, Answering, Ask, Asking, answer
from gateway.serve.instants import iso
from gateway.serve.problems import unknown
from gateway.serve.standing import Stood
from gateway.serve.views import sees_alarm

if TYPE_CHECKING:
    from starlette.responses import Response

Said = Annotated[Answering, Body(default_factory=Answering)]
"""A body that may be left out: there need not be anything to say."""


async def alarms(ask: Asking, query: Annotated[AlarmsQuery, Query()]) -> Response:
    """Alarms: those that are not normal, worst first, or the latest of any state."""
    hub = ask.house.hub
    if query.state == "open":
        return answer({"seq": hub.seq, "alarms": hub.views.alarms(ask.scope)})
    stood = [_stood(ask, alarm) for alarm in await ask.house.records.alarms(open_only=False)]
    return answer({"seq": hub.seq, "alarms": [hub.views.alarm(each) for each in stood if sees_alarm(ask.scope, each)]})


async def alarm(ask: Asking, number: AlarmNumber) -> Response:
    """One alarm of any age, and what happened to it."""
    stood = await _seen(ask, number)
    rows = await ask.house.records.alarm_history(stood.alarm.number)
    history = [
        {
            "seq": row.seq,
            "at": iso(row.utc),
            "change": row.body["change"],
            "by": row.body["actor"],
            "note": row.body["alarm"]["note"],
        }
        for row in rows
    ]
    return answer({**ask.house.hub.views.alarm(stood), "history": history})


async def ack(ask: Asking, number: AlarmNumber, body: Said) -> Response:
    """Take an alarm. Taking it again changes nothing and shows who was first."""
    stood = await _seen(ask, number)
    if stood.alarm.acked or stood.alarm.state is AlarmState.NORMAL:
        return answer(ask.house.hub.views.alarm(stood))
    return await _act(ask, AckAlarm(ask.actor, stood.alarm.number, body.note))


async def reset(ask: Asking, number: AlarmNumber, body: Said) -> Response:
    """Reset a latched alarm whose condition is gone and that somebody has taken."""
    stood = await _seen(ask, number)
    return await _act(ask, ResetAlarm(ask.actor, stood.alarm.number, body.note))


async def verify(ask: Asking, number: AlarmNumber, body: VerifyBody) -> Response:
    """Say what an alarm is: 核实为真火警, or 误报 with its cause. Whoever verifies what nobody took takes it."""
    stood = await _seen(ask, number)
    return await _act(ask, VerifyAlarm(ask.actor, stood.alarm.number, body.real, body.cause, body.note))


async def shelve(ask: Asking, number: AlarmNumber, body: ShelveBody) -> Response:
    """暂停提醒: spare people an alarm: a P2 for an hour at most, a P3 for 8, a P4 for 24; a P1, fire, gas and CO never."""
    stood = await _seen(ask, number)
    return await _act(ask, ShelveAlarm(ask.actor, stood.alarm.number, body.minutes, body.reason))


async def unshelve(ask: Asking, number: AlarmNumber) -> Response:
    """End a shelf now."""
    stood = await _seen(ask, number)
    return await _act(ask, UnshelveAlarm(ask.actor, stood.alarm.number))


async def _seen(ask: Ask, number: int) -> Stood:
    stood = ask.house.hub.views.standing.get(number)
    if stood is None and (old := await ask.house.records.alarm(number)) is not None:
        stood = Stood(old, recorded=True)
    if stood is None or not sees_alarm(ask.scope, stood):
        raise unknown("alarm", str(number))
    return stood


async def _act(ask: Ask, act: AckAlarm | ResetAlarm | VerifyAlarm | ShelveAlarm | UnshelveAlarm) -> Response:
    outcomes = await walk(ask, act)
    changed = [outcome.alarm for outcome in outcomes if isinstance(outcome, AlarmChanged)]
    stood = _stood(ask, changed[-1]) if changed else await _seen(ask, act.number)
    return answer(ask.house.hub.views.alarm(stood))


def _stood(ask: Ask, alarm: Alarm) -> Stood:
    """The alarm with what the hub knows of it: what is newer than the journal, and what never got there."""
    return ask.house.hub.views.standing.get(alarm.number) or Stood(alarm, recorded=True)


_ALARM = "/api/v1/alarms/{number}"
_ACT: dict[int | str, dict[str, Any]] = {409: {}, 503: {}}


def add_routes(router: APIRouter) -> None:
    """The routes of alarms."""
    router.add_api_route("/api/v1/alarms", alarms, response_model=alarm_shapes.Alarms)
    router.add_api_route(_ALARM, alarm, response_model=alarm_shapes.AlarmWithHistory)
    for act in (ack, reset, verify, shelve, unshelve):
        router.add_api_route(
            f"{_ALARM}/{act.__name__}", act, methods=["POST"], response_model=alarm_shapes.Alarm, responses=_ACT
        )
