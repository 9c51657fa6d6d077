"""The stores over HTTP: what is kept, what waits, what was dropped and refused, and who may see it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from gateway.keep.history import History
from gateway.keep.outbox import Outbox, OutboxSettings
from gateway.serve import store_shapes
from gateway.serve.metrics import HELP
from tests.serve.compound import now
from tests.serve.stored import FakeBackup, FakeQuarantined, FakeWaiting, RoomState, away

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serve.compound import Town

LINE = b"acp1-2door,building=b1,compound=happy,device=b1u1,grid=g1 supply_voltage=12.1 1732226400000000000"
OTHER_GRID = LINE.replace(b"grid=g1", b"grid=g2")


async def _stores(town: Town, who: str = "staff") -> store_shapes.Stores:
    async with town.client(who) as client:
        return store_shapes.Stores.model_validate_json((await client.get("/api/v1/stores")).text)


async def _numbers(town: Town) -> dict[tuple[str, ...], float]:
    async with town.client(None) as client:
        text = (await client.get("/metrics")).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_a_house_that_keeps_everything_says_so(town: Town) -> None:
    stores = await _stores(town)

    assert (stores.disk.state, stores.disk.free_bytes) == ("ample", 5_000_000_000)
    assert (stores.journal.recorded, stores.journal.why) == (True, "")
    assert (stores.outbox.points, stores.outbox.oldest, stores.outbox.lost) == (0, None, {})
    assert (stores.outbox.max_bytes, stores.outbox.max_age_seconds) == (512_000_000, 604_800)
    assert (stores.history.keep_days, stores.history.lost) == (14, [])
    assert (stores.outlets, stores.backups) == ([], [])


async def test_a_destination_that_is_away_is_shown_with_what_waits_for_it(town: Town) -> None:
    town.cellar.outlets.append(away("influx"))
    town.cellar.outbox.waiting["influx"] = FakeWaiting(3, 4500, 90_000, 1_732_226_400.0, dropped=12)

    (outlet,) = (await _stores(town)).outlets

    assert (outlet.id, outlet.kind, outlet.target) == ("influx", "influxdb", "http://10.0.0.9:8086 gridpost")
    assert (outlet.state, outlet.why) == ("failing", "cannot reach 10.0.0.9:8086: connection refused")
    assert (outlet.points, outlet.records, outlet.requests, outlet.refused) == (7, 2, 5, 1)
    assert (outlet.backlog.batches, outlet.backlog.points, outlet.backlog.bytes) == (3, 4500, 90_000)
    assert outlet.backlog.dropped == 12
    assert outlet.backlog.oldest is not None
    assert (outlet.since, outlet.backlog.oldest.timestamp()) == (outlet.backlog.oldest, 1_732_226_400)


async def test_an_outlet_that_tried_nothing_yet_stands_so_since_never(town: Town) -> None:
    standing = away()
    standing.since_utc = 0.0
    town.cellar.outlets.append(standing)

    (outlet,) = (await _stores(town)).outlets

    assert outlet.since is None


async def test_what_was_dropped_and_damaged_is_told_by_reason(town: Town) -> None:
    town.cellar.outbox.reasons = {"room": 120, "age": 3}
    town.cellar.outbox.damaged = ("outbox.db was damaged and is set aside",)
    town.cellar.outbox.room.state = RoomState.SCARCE
    town.cellar.history.lost.append("history: minutes dropped for lack of room")
    town.cellar.history.lost_minutes = 40

    stores = await _stores(town)

    assert stores.outbox.lost == {"room": 120, "age": 3}
    assert stores.outbox.damaged == ["outbox.db was damaged and is set aside"]
    assert stores.disk.state == "scarce"
    assert stores.history.lost == ["history: minutes dropped for lack of room"]
    assert stores.history.lost_minutes == 40


async def test_the_backup_is_shown_with_its_age_and_the_next_one(town: Town) -> None:
    town.cellar.backups.append(FakeBackup(ok=False, why="/mnt/stick is gone"))

    (backup,) = (await _stores(town)).backups

    assert (backup.ok, backup.why, backup.place) == (False, "/mnt/stick is gone", "/mnt/stick")
    assert backup.last is not None
    assert backup.due is not None
    assert (backup.last.timestamp(), backup.due.timestamp()) == (1_732_230_000, 1_732_316_400)


async def test_a_backup_that_was_never_made_has_no_age(town: Town) -> None:
    town.cellar.backups.append(FakeBackup(last_utc=None, due_utc=None))

    (backup,) = (await _stores(town)).backups

    assert (backup.last, backup.due) == (None, None)


async def test_refused_lines_are_shown_with_the_servers_words_whatever_bytes_they_hold(town: Town) -> None:
    town.cellar.outbox.refused = [FakeQuarantined(LINE), FakeQuarantined(b"bad \xff line", destination="city")]

    async with town.client("installer") as client:
        both = store_shapes.Quarantine.model_validate_json((await client.get("/api/v1/stores/quarantine")).text)
        city = (await client.get("/api/v1/stores/quarantine?destination=city")).json()["lines"]
        one = (await client.get("/api/v1/stores/quarantine?limit=1")).json()["lines"]

    assert [(line.destination, line.line, line.why) for line in both.lines] == [
        ("influx", LINE.decode(), "field type conflict"),
        ("city", "bad \\xff line", "field type conflict"),
    ]
    assert [line["destination"] for line in city] == ["city"]
    assert [line["destination"] for line in one] == ["influx"]


async def test_an_actor_bound_to_a_grid_sees_refused_lines_of_that_grid_alone(town: Town) -> None:
    connection = town.journal.connect()
    connection.execute("UPDATE users SET role = 'installer' WHERE name = 'bound'")
    connection.close()
    town.cellar.outbox.refused = [FakeQuarantined(line) for line in (LINE, OTHER_GRID, b"no line at all")]

    async with town.client("bound") as client:
        lines = (await client.get("/api/v1/stores/quarantine")).json()["lines"]

    assert [line["line"] for line in lines] == [LINE.decode()]


async def test_the_numbers_tell_of_the_stores(town: Town) -> None:
    oldest = now().utc - 100
    town.cellar.outlets.append(away("influx"))
    town.cellar.outbox.all = FakeWaiting(4, 5000, 100_000, oldest)
    town.cellar.outbox.waiting["influx"] = FakeWaiting(3, 4500, 90_000, oldest, dropped=12)
    town.cellar.outbox.reasons = {"room": 120}
    town.cellar.outbox.room.state = RoomState.FULL
    town.cellar.history.lost_minutes = 40
    town.cellar.backups.append(FakeBackup(last_utc=oldest))

    found = await _numbers(town)

    assert found["gridpost_journal_recorded",] == 1
    assert (found["gridpost_disk_room", "full"], found["gridpost_disk_room", "ample"]) == (1, 0)
    assert found["gridpost_disk_free_bytes",] == 5_000_000_000
    assert found["gridpost_outbox_batches",] == 4
    assert found["gridpost_outbox_points",] == 5000
    assert found["gridpost_outbox_bytes",] == 100_000
    assert 100 <= found["gridpost_outbox_oldest_seconds",] < 110
    assert found["gridpost_outbox_dropped_total", "room"] == 120
    assert found["gridpost_history_lost_minutes_total",] == 40
    assert found["gridpost_outlet_up", "influx"] == 0
    assert found["gridpost_outlet_backlog_points", "influx"] == 4500
    assert 100 <= found["gridpost_outlet_backlog_seconds", "influx"] < 110
    assert found["gridpost_outlet_dropped_total", "influx"] == 12
    assert found["gridpost_outlet_points_total", "influx"] == 7
    assert found["gridpost_outlet_records_total", "influx"] == 2
    assert found["gridpost_outlet_requests_total", "influx"] == 5
    assert found["gridpost_outlet_refused_total", "influx"] == 1
    assert found["gridpost_backup_ok", "/mnt/stick"] == 1
    assert 100 <= found["gridpost_backup_age_seconds", "/mnt/stick"] < 110


async def test_a_backup_that_was_never_made_has_no_age_among_the_numbers(town: Town) -> None:
    town.cellar.backups.append(FakeBackup(last_utc=None, ok=False))

    found = await _numbers(town)

    assert found["gridpost_backup_ok", "/mnt/stick"] == 0
    assert ("gridpost_backup_age_seconds", "/mnt/stick") not in found


async def test_a_house_without_backups_tells_no_age_of_one(town: Town) -> None:
    found = await _numbers(town)

    assert not [name for name in found if name[0].startswith("gridpost_backup")]
    assert found["gridpost_outbox_oldest_seconds",] == 0


async def test_every_number_that_is_explained_is_told(town: Town) -> None:
    async with town.client(None) as client:
        text = (await client.get("/metrics")).text

    told = {family.name for family in text_string_to_metric_families(text)}
    assert [name for name in HELP if name not in told] == []


async def test_the_real_outbox_and_history_answer_what_the_routes_ask(town: Town, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    outbox = Outbox.open(folder, OutboxSettings(10_000_000, 3600.0, 1_000_000), ["influx"], now())
    history = History(folder, 14)
    real = replace(town.house.stores, outbox=outbox, history=history, outlets=[away("influx")])
    town.app.state.house = replace(town.house, stores=real)
    running = asyncio.create_task(outbox.run(now))
    try:
        outbox.move("influx", "telemetry", 0)
        outbox.append(LINE + b"\n", 1, int(now().utc * 1e9))
        outbox.quarantine("influx", LINE, "field type conflict", now().utc)
        await outbox.settled()

        stores = await _stores(town)
        async with town.client("auditor") as client:
            lines = (await client.get("/api/v1/stores/quarantine")).json()["lines"]
        found = await _numbers(town)
    finally:
        running.cancel()
        await outbox.close()
        await history.close()

    assert stores.disk.state == "ample"
    assert stores.disk.free_bytes > 0
    assert (stores.outbox.batches, stores.outbox.points) == (1, 1)
    assert (stores.outlets[0].backlog.points, stores.history.lost) == (1, [])
    assert [(line["line"], line["why"]) for line in lines] == [(LINE.decode(), "field type conflict")]
    assert found["gridpost_outbox_points",] == 1
    assert found["gridpost_disk_room", "ample"] == 1
