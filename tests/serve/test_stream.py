from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Link
from gateway.model import Alarm, AlarmChanged, Change, Entry, LinkSaid, Place, Priority, StaleSaid, StrangerSaid
from gateway.serve import listener, stream
from gateway.serve.events import REPLAY_LIMIT
from gateway.serve.views import EVERYTHING
from gateway.serve.watching import OverviewWatch
from tests.serve.compound import CALM, LAYOUT, OPEN, Town, forced, now, open_town, served, until
from tests.serve.sse import streaming

if TYPE_CHECKING:
    from pathlib import Path


async def test_each_view_begins_with_a_snapshot_of_the_same_body_as_its_get(town: Town) -> None:
    async with streaming(town, "overview", "building:b1", "device:b1u1") as events, town.client() as client:
        snapshots = [await events.next("snapshot") for _ in range(3)]
        bodies = [(await client.get(f"/api/v1/{path}")).json() for path in ("overview", "buildings/b1", "devices/b1u1")]

    for snapshot, body in zip(snapshots, bodies, strict=True):
        same = {key: value for key, value in snapshot.data.items() if key not in {"now", "view", "seq"}}
        assert same == {key: value for key, value in body.items() if key not in {"now", "seq"}}
    assert [snapshot.data["view"] for snapshot in snapshots] == ["overview", "building:b1", "device:b1u1"]


async def test_a_door_that_opens_is_told_at_once_to_every_view_that_shows_it(town: Town) -> None:
    async with streaming(town, "overview", "building:b1", "device:b1u1") as events:
        for _ in range(3):
            await events.next("snapshot")
        before = asyncio.get_running_loop().time()
        town.road.hear("b1u1", OPEN)
        deltas = {(event := await events.next("delta")).data["view"]: event.data for _ in range(3)}
        took = asyncio.get_running_loop().time() - before

    assert took < stream.COALESCE_SECONDS
    assert deltas["overview"]["tiles"][0]["open"] == 1
    assert deltas["building:b1"]["devices"]["b1u1"]["points"]["door1.open"][:3] == [True, "good", ""]
    assert deltas["device:b1u1"]["devices"]["b1u1"]["points"]["door1.open"][3] > 1_700_000_000_000


async def test_a_lock_that_opens_is_told_at_once_though_no_tile_counts_it(town: Town) -> None:
    async with streaming(town, "device:b1u1") as events:
        await events.next("snapshot")
        before = asyncio.get_running_loop().time()
        town.road.hear("b1u1", ("2.1.0", True), group=1)
        delta = await events.next("delta")
        took = asyncio.get_running_loop().time() - before

    assert took < stream.COALESCE_SECONDS
    assert delta.data["devices"]["b1u1"]["points"]["door1.unlocked"][0] is True


async def test_a_row_of_the_log_that_was_said_again_is_not_said_twice() -> None:
    waiting = listener.Listener(frozenset(), seq=0)
    waiting.put(b"four", 4)
    waiting.put(b"delta")
    waiting.put(b"five", 5)
    waiting.seq = 4  # replayed from the log while it waited in the queue

    assert waiting.taken() == b"deltafive"
    assert waiting.seq == 5


async def test_other_values_wait_for_company_and_only_what_changed_is_said(town: Town) -> None:
    async with streaming(town, "device:b1u1") as events:
        await events.next("snapshot")
        before = asyncio.get_running_loop().time()
        town.road.hear("b1u1", (*CALM[:3], 12.2))
        town.road.hear("b1u1", (*CALM[:3], 12.3))
        delta = await events.next("delta")
        took = asyncio.get_running_loop().time() - before

    assert took >= stream.COALESCE_SECONDS - 0.01
    assert delta.data["devices"]["b1u1"]["points"].keys() == {"supply_voltage"}
    assert delta.data["devices"]["b1u1"]["points"]["supply_voltage"][0] == 12.3


async def test_the_sequence_of_a_view_rises_by_one_from_its_snapshot_on(town: Town) -> None:
    async with streaming(town, "device:b1u1") as first:
        start = (await first.next("snapshot")).data["seq"]
        town.road.hear("b1u1", OPEN)
        one = (await first.next("delta")).data["seq"]
        async with streaming(town, "device:b1u1") as second:
            late = (await second.next("snapshot")).data["seq"]
            town.road.hear("b1u1", CALM)
            two = (await first.next("delta")).data["seq"]
            both = (await second.next("delta")).data["seq"]

    assert [one, two] == [start + 1, start + 2]
    assert (late, both) == (one, two)


async def test_what_changes_between_two_clients_joining_is_neither_lost_nor_told_as_newer(town: Town) -> None:
    async with streaming(town, "device:b1u1") as first:
        await first.next("snapshot")
        town.road.hear("b1u1", (*CALM[:3], 13.0))  # waits for its 250 ms
        async with streaming(town, "device:b1u1") as second:
            snapshot = await second.next("snapshot")
            delta = await first.next("delta")

    assert snapshot.data["points"]["supply_voltage"]["value"] == 13.0
    assert delta.data["devices"]["b1u1"]["points"]["supply_voltage"][0] == 13.0
    assert delta.data["seq"] <= snapshot.data["seq"]


async def test_an_alarm_is_told_at_once_with_its_row_in_the_log_and_its_tile_and_verdict_follow(town: Town) -> None:
    async with streaming(town, "overview") as events:
        snapshot = await events.next("snapshot")
        await town.road.raise_alarm(forced())
        alarm = await events.next("alarm")
        delta = await events.next("delta")

    assert snapshot.data["verdict"]["state"] == "well"
    assert alarm.id == str(alarm.data["seq"])
    assert alarm.data["change"] == "raised"
    assert alarm.data["alarm"]["place"]["building_name"] == "1号楼"
    assert alarm.data["alarm"]["recorded"] is True
    assert delta.data["verdict"] == {
        "state": "alarm",
        "critical": 0,
        "unanswered": 1,
        "open": 1,
        "unheard": 0,
        "offline": 0,
        "silent": 0,
    }
    assert (delta.data["tiles"][0]["id"], delta.data["tiles"][0]["worst"]) == ("b1", 2)


async def test_an_alarm_that_the_journal_could_not_take_is_told_without_an_id(town: Town) -> None:
    async with streaming(town, "overview") as events:
        await events.next("snapshot")
        town.hub.tell(_raised(forced(priority=Priority.P1)), None)
        alarm = await events.next("alarm")

    assert alarm.id == ""
    assert alarm.data["seq"] is None
    assert alarm.data["alarm"]["recorded"] is False


async def test_alarm_changes_after_the_last_event_id_are_said_again_once_and_in_order(town: Town) -> None:
    async with streaming(town, "overview") as events:
        await events.next("snapshot")
        await town.road.raise_alarm(forced(1))
        last = (await events.next("alarm")).id
    await town.road.raise_alarm(forced(2))
    await town.road.raise_alarm(replace(forced(1), acked=True, acked_by="王五"), Change.ACKED)

    async with streaming(town, "overview", last=last) as again:
        await again.next("snapshot")
        replayed = [await again.next("alarm"), await again.next("alarm")]
        await town.road.raise_alarm(forced(3))
        live = await again.next("alarm")

    told = [(event.data["alarm"]["number"], event.data["change"]) for event in (*replayed, live)]
    assert told == [(2, "raised"), (1, "acked"), (3, "raised")]
    assert [event.name for event in again.seen].count("alarm") == 3


async def test_who_missed_more_than_is_said_again_gets_the_snapshot_alone(town: Town) -> None:
    before = town.hub.seq
    many = [_raised(forced(number)) for number in range(1, REPLAY_LIMIT + 2)]
    await town.road.release(*many)

    async with streaming(town, "device:b2u1", last=str(before)) as events:
        await events.next("snapshot")
        await town.road.raise_alarm(forced(5000))
        alarm = await events.next("alarm")

    assert alarm.data["alarm"]["number"] == 5000


async def test_a_lost_line_is_told_at_once_and_its_values_are_no_longer_good(town: Town) -> None:
    async with streaming(town, "overview", "building:b1") as events:
        await events.next("snapshot")
        await events.next("snapshot")
        await town.road.release(LinkSaid("north", is_line=True, link=Link.LOST, why="no route to 10.0.0.5"))
        link = await events.next("link")
        deltas = {(event := await events.next("delta")).data["view"]: event.data for _ in range(2)}

    assert link.data == {"subject": "north", "is_line": True, "link": "lost", "why": "no route to 10.0.0.5"}
    assert deltas["overview"]["lines"] == {"up": 2, "lost": 1, "unknown": 0}
    assert deltas["overview"]["verdict"]["state"] == "unknown"
    assert deltas["overview"]["verdict"]["offline"] == 2
    assert deltas["building:b1"]["devices"]["b1u2"]["link"] == "lost"
    assert deltas["building:b1"]["devices"]["b1u2"]["points"]["door1.open"][1:3] == ["uncertain", "link lost"]


async def test_a_silent_group_makes_its_device_unheard_and_its_values_uncertain(town: Town) -> None:
    async with streaming(town, "overview", "device:b2u1") as events:
        await events.next("snapshot")
        await events.next("snapshot")
        town.house.latest.held("b2u1", 0).stale = True
        await town.road.release(StaleSaid("b2u1", 0, stale=True))
        deltas = {(event := await events.next("delta")).data["view"]: event.data for _ in range(2)}

    assert deltas["overview"]["verdict"]["unheard"] == 1
    assert deltas["device:b2u1"]["devices"]["b2u1"]["fresh"] is False
    assert deltas["device:b2u1"]["devices"]["b2u1"]["points"]["door1.open"][1] == "uncertain"


async def test_an_actor_bound_to_a_grid_is_told_of_that_grid_alone(town: Town) -> None:
    elsewhere = forced(7, place=Place("b2", "1", "1单元门禁", "g2"))
    nowhere = forced(8, place=Place())
    async with streaming(town, "overview", who="bound") as events:
        snapshot = await events.next("snapshot")
        await town.road.raise_alarm(elsewhere)
        await town.road.raise_alarm(nowhere)
        alarm = await events.next("alarm")
        delta = await events.next("delta")

    assert [tile["id"] for tile in snapshot.data["buildings"]] == ["b1"]
    assert [grid["id"] for grid in snapshot.data["grids"]] == ["g1"]
    assert alarm.data["alarm"]["number"] == 8, "an alarm that belongs to no grid is everybody's"
    assert delta.data["verdict"]["open"] == 1


@pytest.mark.parametrize("view", ["building:b2", "device:b2u1", "device:gate", "building:nowhere", "elsewhere", ""])
async def test_a_view_that_is_not_the_actors_to_see_is_not_there(town: Town, view: str) -> None:
    async with town.client("bound") as client:
        answer = await client.get("/api/v1/stream", params={"view": view})

    assert answer.status_code == 404
    assert town.hub.listeners == 0


async def test_a_client_that_fell_behind_is_told_to_start_over_and_misses_no_alarm(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "QUEUE_MESSAGES", 5)
    async with streaming(town, "overview") as events:
        await events.next("snapshot")
        for number in range(1, 20):  # in one turn of the loop, so that nothing is written in between
            alarm = forced(number)
            seqs = await town.journal.submit(_entry(alarm)) if number == 1 else (None,)
            town.hub.tell(_raised(alarm), seqs[0])
        await events.next("resync")
        snapshot = await events.next("snapshot")
        replayed = await events.next("alarm")

    assert snapshot.data["verdict"]["open"] == 19
    assert replayed.data["alarm"]["number"] == 1
    assert town.hub.resyncs == 1


async def test_after_a_reload_everyone_starts_over_from_the_new_layout(town: Town) -> None:
    layout = replace(LAYOUT, buildings={**LAYOUT.buildings, "b9": LAYOUT.buildings["b1"]})
    async with streaming(town, "overview") as events:
        await events.next("snapshot")
        town.hub.adopt(layout)
        await events.next("resync")
        snapshot = await events.next("snapshot")
        town.road.hear("b1u1", OPEN)
        delta = await events.next("delta")

    assert [tile["id"] for tile in snapshot.data["buildings"]] == ["b1", "b2", "b9"]
    assert delta.data["tiles"][0]["open"] == 1


async def test_a_tick_tells_the_time_while_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TICK_SECONDS", 0.05)
    async with open_town(tmp_path) as town, served(town), streaming(town, "device:gate") as events:
        await events.next("snapshot")
        tick = await events.next("tick")

    assert tick.data["clock_trusted"] is True


async def test_nobody_is_left_in_the_hub_when_the_clients_have_gone(town: Town) -> None:
    async with streaming(town, "overview", "building:b1") as events:
        await events.next("snapshot")
        assert town.hub.listeners == 1

    await until(lambda: not town.hub.listeners)
    assert town.hub._watches == {}
    assert len(town.hub._watched) == 0


async def test_too_many_streams_are_refused_with_a_time_to_come_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LISTENERS", 1)
    async with streaming(town, "overview"), town.client() as client:
        answer = await client.get("/api/v1/stream?view=overview")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "10"


async def test_a_removed_users_stream_ends(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.serve.events.CHECK_SECONDS", 0.0)
    monkeypatch.setattr("gateway.serve.accounts.actors.BELIEVED_SECONDS", 0.0)
    async with streaming(town, "overview") as events:
        await events.next("snapshot")
        connection = town.journal.connect()
        connection.execute("DELETE FROM users WHERE name = 'administrator'")
        connection.close()
        town.road.hear("b1u1", OPEN)

        with pytest.raises(EOFError):
            await events.next("delta", lambda _data: False)


async def test_strangers_are_listed_newest_first(town: Town) -> None:
    await town.road.release(StrangerSaid("AA:BB", "BTHome"), StrangerSaid("CC:DD", "BTHome"))

    async with town.client("installer") as client:
        listed = (await client.get("/api/v1/strangers")).json()["strangers"]

    assert [each["address"] for each in listed] == ["CC:DD", "AA:BB"]


def _raised(alarm: Alarm) -> AlarmChanged:
    return AlarmChanged(alarm, Change.RAISED, announce=True)


def _entry(alarm: Alarm) -> Entry:
    return Entry(now(), (_raised(alarm),))


async def test_a_detector_that_is_missed_is_told_within_seconds_with_its_tile_and_the_verdict(town: Town) -> None:
    async with streaming(town, "overview", "building:b1", "building:b2") as events:
        before = [await events.next("snapshot") for _ in range(3)]
        town.watch.say(**{"b1-1-101-smoke": "late"})
        deltas = {(event := await events.next("delta")).data["view"]: event.data for _ in range(2)}

    assert before[0].data["detectors"] == {"mounted": 3, "unknown": 0, "late": 0, "lost": 0}
    assert before[0].data["verdict"]["state"] == "well"
    told = deltas["overview"]
    assert told["detectors"] == {"mounted": 3, "unknown": 0, "late": 1, "lost": 0}
    assert (told["verdict"]["state"], told["verdict"]["silent"]) == ("unknown", 1)
    assert [tile["detectors"]["late"] for tile in told["tiles"]] == [1]
    assert deltas["building:b1"]["tiles"][0]["detectors"]["late"] == 1


async def test_who_watched_before_is_told_of_a_missed_detector_though_another_begins_to_watch(town: Town) -> None:
    async with streaming(town, "overview", "building:b1") as first:
        for _ in range(2):
            await first.next("snapshot")
        town.watch.say(**{"b1-1-101-smoke": "lost"})
        async with streaming(town, "overview", "building:b1") as second:
            begun = [await second.next("snapshot") for _ in range(2)]
            deltas = {(event := await first.next("delta")).data["view"]: event.data for _ in range(2)}

    assert begun[0].data["detectors"]["lost"] == deltas["overview"]["detectors"]["lost"] == 1
    assert begun[1].data["building"]["detectors"]["lost"] == 1
    assert deltas["building:b1"]["tiles"][0]["detectors"]["lost"] == 1


async def test_a_detector_of_another_grid_changes_nothing_for_an_actor_bound_to_one(town: Town) -> None:
    town.watch.say(**{"b2-1-101-smoke": "lost"})

    async with streaming(town, "overview", who="bound") as events:
        snapshot = await events.next("snapshot")

    assert snapshot.data["detectors"] == {"mounted": 2, "unknown": 0, "late": 0, "lost": 0}
    assert snapshot.data["verdict"]["state"] == "well"


async def test_no_detector_is_among_the_devices_that_the_overview_counts_one_by_one(town: Town) -> None:
    watch = OverviewWatch(town.hub.views, EVERYTHING)

    assert set(watch.devices()) == {"b1u1", "b1u2", "b2u1", "gate", "rx1", "rx2"}
