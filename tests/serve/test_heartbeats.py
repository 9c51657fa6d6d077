"""Heartbeats over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.deliver.heartbeat.beating import Beating
from gateway.serve.heartbeats import Heartbeats

if TYPE_CHECKING:
    from tests.serve.compound import Town


async def test_each_heartbeat_says_when_it_was_answered_and_why_not(town: Town) -> None:
    beats = (
        Beating("watcher", "https://hc.example.cn", 60.0, answered_utc=1_700_000_000.0),
        Beating("centre", "mqtts://mq.example.cn:8883/boxes", 30.0, missed=3, why="no answer"),
    )
    town.app.state.house = replace(town.house, heartbeats=lambda: beats)

    async with town.client("staff") as client:
        told = Heartbeats.model_validate_json((await client.get("/api/v1/heartbeats")).text).heartbeats

    assert [(each.id, each.missed, each.unanswered) for each in told] == [("watcher", 0, False), ("centre", 3, True)]
    assert told[0].answered is not None
    assert told[0].answered.isoformat() == "2023-11-14T22:13:20+00:00"
    assert (told[1].answered, told[1].why) == (None, "no answer")


async def test_without_any_there_are_none_and_a_viewer_is_not_told(town: Town) -> None:
    async with town.client("staff") as client:
        none = await client.get("/api/v1/heartbeats")
    async with town.client("viewer") as client:
        refused = await client.get("/api/v1/heartbeats")

    assert none.json() == {"heartbeats": []}
    assert refused.status_code == 403
