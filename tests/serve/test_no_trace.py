"""Nobody is named where nobody needs to be: not in telemetry, not in /metrics, not in a log line, not in a URL.

A day's doings with planted names, cards and numbers; then every byte that leaves the house by these ways is looked through.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from drivers.contract import DeviceEvent
from drivers.credential import card_hash
from gateway.deliver.influx.annotations import Annotator
from gateway.deliver.mqtt.messages import Payloads
from gateway.deliver.outlet import RECORDS
from gateway.logs import log_to_stderr
from gateway.model import Entry, Place
from gateway.serve.rights import RIGHTS
from tests.serve.compound import Town, forced, now
from tests.serve.doorkeeping import KEY

if TYPE_CHECKING:
    import pytest

    from drivers.contract import Json

NAMES = ("欧阳植树", "诸葛访客", "司徒值班")
CARDS = ("4815162342", "TAG0815XYZ")
PHONES = ("13977770001", "13977770002")
HASH = card_hash(KEY, int(CARDS[0]))
PLANTED = (*NAMES, *CARDS, *PHONES, HASH)


async def _lived(town: Town) -> None:
    """What people do in a day, each with somebody's name, card or number in it."""
    resident, visitor, colleague = NAMES
    soon = (datetime.now(UTC) + timedelta(hours=8)).isoformat()
    home = {"household": "b1-1-701", "groups": ["north"]}
    async with town.client("administrator") as client:
        for method, path, body in (
            (
                "POST",
                "permits",
                {**home, "name": resident, "card": CARDS[0], "note": PHONES[0], "reason": f"{resident}搬入"},
            ),
            ("POST", "permits/search", {"q": resident}),
            ("POST", "permits/visitor", {**home, "name": visitor, "valid_until": soon, "reason": f"找{resident}"}),
            ("PUT", "people/situ", {"name": colleague, "reach": [{"channel": "bot", "to": PHONES[1]}]}),
            ("POST", "charging/tags", {"tags": [{"tag": CARDS[1], "label": resident}], "reason": resident}),
            ("POST", "alarms/1/ack", {"note": f"{resident}在门口,打 {PHONES[0]}"}),
            ("POST", "devices/b1u1/commands/unlock", {"arguments": {}, "reason": f"为{resident}开门"}),
            ("POST", "incidents", _incident(resident)),
            ("POST", "privacy/find", {"name": resident}),
        ):
            answer = await client.request(method, f"/api/v1/{path}", json=body)
            assert answer.status_code in {200, 201}, (path, answer.text)
    moment = now()
    shown = {"part": "door1", "card": HASH, "ref": int(HASH[-8:], 16)}
    events = (
        DeviceEvent("b1u1", "7", 1, "denied_unknown", shown, moment.boottime_ns, moment.utc),
        DeviceEvent("b1u1", "7", 2, "granted", {"part": "door1", "ref": 0}, moment.boottime_ns, moment.utc),
    )
    await town.journal.submit(Entry(moment, events=events))


def _incident(name: str) -> dict[str, Json]:
    return {"building": "b1", "where": f"{name}家", "category": "other", "what": f"{name}漏水", "priority": 3}


def _said_of_anybody(text: str) -> list[str]:
    return [word for word in PLANTED if word in text]


async def test_a_day_leaves_no_trace_of_anybody_in_telemetry_metrics_and_log(
    tended: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    log_to_stderr()
    await tended.road.raise_alarm(forced())
    await _lived(tended)

    influx, mqtt = Annotator("happy", lambda _: Place("b1"), simulated=False), Payloads(simulated=False)
    rows = [(lane, row) for lane, kind in RECORDS.items() for row in await tended.house.records.log(0, 1000, kind)]
    lines = b"".join(influx.line(lane, row) for lane, row in rows).decode()
    messages = b"".join(mqtt.record(lane, row)[1] for lane, row in rows).decode()
    async with tended.client() as client:
        metrics = (await client.get("/metrics")).text

    assert {lane for lane, _ in rows} == set(RECORDS)
    assert "gridpost" in metrics
    for told in (lines, messages, metrics, log.getvalue()):
        assert _said_of_anybody(told) == []
    assert str(int(HASH[-8:], 16)) not in messages


async def test_no_url_takes_a_name(tended: Town) -> None:
    """Names come in bodies: a search for one is refused as a query."""
    async with tended.client("administrator") as client:
        document = (await client.get("/api/openapi.json")).json()
        in_query = await client.get(f"/api/v1/permits?q={NAMES[0]}")

    about_people = ("/permits", "/people", "/privacy", "/households", "/users", "/investigations")
    named = {
        (path, parameter["name"])
        for path, methods in document["paths"].items()
        if any(part in path for part in about_people)
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["name"] in {"q", "name", "phone", "card", "note"}
    }
    assert named == set()
    assert in_query.status_code == 422
    assert all("{name}" not in path for _, path in RIGHTS if any(part in path for part in about_people))
