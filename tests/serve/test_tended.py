"""Lockers and charging on the first screen, and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Answer, DeviceEvent, Question
from gateway.charging import Reach
from gateway.decide.chargers.stop import Phase, Stop
from gateway.model import Answered, Entry
from gateway.parcels import CompartmentState
from gateway.serve import shapes
from tests.serve.compound import now
from tests.serve.sse import streaming

if TYPE_CHECKING:
    from tests.serve.compound import Town


def _troubled(town: Town) -> None:
    town.tending.stored("locker1/c01", 30.0)
    town.tending.compartment("locker2/c02", CompartmentState.FORCED)
    town.tending.charges("pile1/p01")
    town.tending.charges("pile2/p01")
    ports = {"pile1/p01": Phase.PROVED, "pile2/p01": Phase.NOT_STOPPED}
    town.tending.stops["stop1"] = Stop("stop1", Reach.ALL, "", "rule", "", now().utc, ports=ports)


async def _overview(town: Town, who: str) -> shapes.Overview:
    async with town.client(who) as client:
        return shapes.Overview.model_validate_json((await client.get("/api/v1/overview")).text)


async def test_the_overview_counts_lockers_and_charging_within_the_grids_of_whoever_asks(tended: Town) -> None:
    _troubled(tended)

    everything, of_g1 = await _overview(tended, "viewer"), await _overview(tended, "bound")

    assert everything.lockers.model_dump() == {"overdue": 1, "forced": 1}
    assert everything.charging.model_dump() == {"charging": 2, "stops": 1, "not_stopped": 1}
    assert of_g1.lockers.model_dump() == {"overdue": 1, "forced": 0}
    assert of_g1.charging.model_dump() == {"charging": 1, "stops": 1, "not_stopped": 0}


async def test_who_watches_the_overview_is_told_within_seconds_when_a_port_did_not_stop(tended: Town) -> None:
    async with streaming(tended, "overview") as events:
        before = await events.next("snapshot")
        _troubled(tended)
        told = await events.next("delta", lambda delta: "charging" in delta)

    assert before.data["charging"] == {"charging": 0, "stops": 0, "not_stopped": 0}
    assert told.data["charging"] == {"charging": 2, "stops": 1, "not_stopped": 1}
    assert told.data["lockers"] == {"overdue": 1, "forced": 1}


async def test_who_begins_to_watch_changes_nothing_for_those_who_watched_before(tended: Town) -> None:
    async with streaming(tended, "overview") as first:
        await first.next("snapshot")
        _troubled(tended)
        async with streaming(tended, "overview") as second:
            begun = await second.next("snapshot")
            told = await first.next("delta")

    assert begun.data["charging"] == told.data["charging"] == {"charging": 2, "stops": 1, "not_stopped": 1}


async def test_the_log_tells_of_charging_and_parcels_without_tags_and_codes(tended: Town) -> None:
    hashed = "00000000000000aa"
    began = DeviceEvent("pile1", "e", 1, "session_started", {"part": "p01", "session": "s1", "tag": hashed}, 0)
    stored = DeviceEvent("locker1", "e", 1, "parcel_stored", {"part": "c01", "code": hashed}, 0)
    question = Question("locker1", "pickup", {"code": hashed}, 0)
    answered = Answered(question, Answer(allowed=True, why="", body={"part": "c01"}))
    await tended.journal.submit(Entry(now(), (answered,), (began, stored)))

    async with tended.client("auditor") as client:
        log = await client.get("/api/v1/events?limit=1000")

    assert hashed not in log.text
    told = {row["kind"]: row["body"] for row in log.json()["events"]}
    assert told["answer"]["answer"] == {"part": "c01"}
    assert told["event"]["body"]["part"] in {"p01", "c01"}
