"""Alarms: what is open, what happened to it, and taking and resetting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import AckAlarm, Alarm, AlarmChanged, AlarmState, ResetAlarm
from gateway.serve import alarm_shapes, asks
from gateway.serve.acts import walk
from gateway.serve.asks import Ask, answer
from gateway.serve.instants import iso
from gateway.serve.problems import unknown
from gateway.serve.row import Row
from gateway.serve.standing import Stood
from gateway.serve.views import sees_alarm

if TYPE_CHECKING:
    from starlette.responses import Response


LATEST = 1_000
"""How many alarms of any state are listed."""


async def alarms(ask: Ask) -> Response:
    """Alarms: those that are not normal, worst first, or the latest of any state."""
    query = ask.query(asks.AlarmsQuery)
    hub = ask.house.hub
    if query.state == "open":
        return answer({"seq": hub.seq, "alarms": hub.views.alarms(ask.scope)})
    latest = (await ask.house.records.alarms(open_only=False))[:LATEST]
    stood = [_stood(ask, alarm) for alarm in latest]
    return answer({"seq": hub.seq, "alarms": [hub.views.alarm(each) for each in stood if sees_alarm(ask.scope, each)]})


async def alarm(ask: Ask) -> Response:
    """One alarm of any age, and what happened to it."""
    stood = await _seen(ask)
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


async def ack(ask: Ask) -> Response:
    """Take an alarm. Taking it again changes nothing and shows who was first."""
    body = await ask.body(asks.Answering)
    stood = await _seen(ask)
    if stood.alarm.acked or stood.alarm.state is AlarmState.NORMAL:
        return answer(ask.house.hub.views.alarm(stood))
    return await _act(ask, AckAlarm(ask.actor, stood.alarm.number, body.note))


async def reset(ask: Ask) -> Response:
    """Reset a latched alarm whose condition is gone and that somebody has taken."""
    body = await ask.body(asks.Answering)
    stood = await _seen(ask)
    return await _act(ask, ResetAlarm(ask.actor, stood.alarm.number, body.note))


async def _seen(ask: Ask) -> Stood:
    number = ask.number("number")
    stood = ask.house.hub.views.standing.get(number)
    if stood is None and (old := await ask.house.records.alarm(number)) is not None:
        stood = Stood(old, recorded=True)
    if stood is None or not sees_alarm(ask.scope, stood):
        raise unknown("alarm", ask.part("number"))
    return stood


async def _act(ask: Ask, act: AckAlarm | ResetAlarm) -> Response:
    outcomes = await walk(ask, act)
    changed = [outcome.alarm for outcome in outcomes if isinstance(outcome, AlarmChanged)]
    stood = _stood(ask, changed[-1]) if changed else await _seen(ask)
    return answer(ask.house.hub.views.alarm(stood))


def _stood(ask: Ask, alarm: Alarm) -> Stood:
    """The alarm with what the hub knows of it: what is newer than the journal, and what never got there."""
    return ask.house.hub.views.standing.get(alarm.number) or Stood(alarm, recorded=True)


_ALARM = "/api/v1/alarms/{number}"

ROWS = (
    Row("GET", "/api/v1/alarms", alarms, alarm_shapes.Alarms, query=asks.AlarmsQuery),
    Row("GET", _ALARM, alarm, alarm_shapes.AlarmWithHistory, problems=(404,)),
    Row("POST", f"{_ALARM}/ack", ack, alarm_shapes.Alarm, body=asks.Answering, problems=(403, 404, 409, 503)),
    Row("POST", f"{_ALARM}/reset", reset, alarm_shapes.Alarm, body=asks.Answering, problems=(403, 404, 409, 503)),
)
