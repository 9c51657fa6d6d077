"""The outlet against a real InfluxDB 1.6.7, with a real outbox and a real journal."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from drivers.contract import Command, Outcome, Result
from gateway.deliver.influx import outlet as outlet_module
from gateway.deliver.outlet import TELEMETRY, State
from gateway.keep.outbox import Outbox
from gateway.model import Ended, Entry, HouseSaid
from tests.deliver.influx.wired import SETTINGS, T0_NS, config, now, until, wired
from tests.keep.facts import alarm_entry, event
from tests.servers.influxd import Influxd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gateway.keep.outbox import Batch

ALL = "SELECT count(n), sum(n) FROM door"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlet_module, "FAILING_SECONDS", (0.05, 0.2))
    monkeypatch.setattr(outlet_module, "REFUSED_SECONDS", (0.05, 0.2))


def all_of(readings: int) -> list[int]:
    """What a query for count and sum finds when nothing is missing and nothing is there twice."""
    return [0, readings, sum(range(readings))]


async def test_what_was_told_is_in_influxdb_exactly(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)) as outlet:
            await house.batches(3)
            house.tell(500)
            await house.stored()

        found = await influxd.query(ALL)
        first = await influxd.query("SELECT * FROM door LIMIT 1")

    assert found[0]["values"] == [all_of(6500)]
    assert first[0]["columns"] == ["time", "building", "compound", "device", "grid", "n"]
    assert first[0]["values"] == [[T0_NS, "b1", "c", "d0", "g1", 0]]
    assert outlet.standing.state is State.UP
    assert outlet.standing.points == 6501
    assert house.said == [HouseSaid("outlet_failing", "influx", abnormal=False)]


async def test_a_restart_goes_on_where_it_was_and_a_new_destination_begins_now(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd", databases=["gridpost", "late"]) as influxd:
        async with wired(tmp_path) as house:
            async with house.outlet(config(influxd.url)) as outlet:
                await house.batches(2)
                await house.stored()
            await house.batches(2)
        async with wired(tmp_path, ["influx", "late"]) as house:
            house.told = 8000
            async with (
                house.outlet(config(influxd.url)) as outlet,
                house.outlet(config(influxd.url, id="late", database="late")),
            ):
                await house.batches(1)
                await house.stored()
                await house.stored("late")

        known, late = await influxd.query(ALL), await influxd.query(ALL, "late")

    assert known[0]["values"] == [[0, 10000, sum(range(8000)) + sum(range(8000, 10000))]]
    assert late[0]["values"] == [[0, 2000, sum(range(8000, 10000))]]
    assert outlet.standing.points < 6100


async def test_alarms_commands_and_events_are_annotations_that_name_nobody(tmp_path: Path) -> None:
    command = Command(70_001, "b1u1", "door1.unlock", {"seconds": 5, "card": "04A1"}, 0)
    ended = Ended(command, Result(Outcome.DONE, {"door1.unlocked": True}, "read back"), "wang.xiulan")
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)) as outlet:
            await until(lambda: house.outbox.cursor("influx", "event") is not None)
            await house.journal.submit(alarm_entry(1))
            await house.journal.submit(Entry(now(), (ended, ended), (event(7), event(8))))
            outlet.records_came()
            await until(lambda: outlet.standing.records == 5)

        alarms = await influxd.query("SELECT * FROM gridpost_alarm")
        commands = await influxd.query("SELECT * FROM gridpost_command")
        events = await influxd.query("SELECT * FROM gridpost_event")

    told = dict(zip(alarms[0]["columns"], alarms[0]["values"][0], strict=True))
    assert told | {"time": 0} == {
        "time": 0, "building": "b1", "compound": "xingfuli", "grid": "-", "priority": "2", "rule": "door_forced",
        "number": 1, "change": "raised", "source": "b1u1", "active": True, "acked": False, "value": "",
        "why": "强行打开", "text": "P2 b1u1 door_forced raised",
    }  # fmt: skip
    assert len(commands[0]["values"]) == 2
    assert {"building", "device", "grid", "name", "outcome", "number", "why"} <= set(commands[0]["columns"])
    assert [row[events[0]["columns"].index("sequence")] for row in events[0]["values"]] == [7, 8]
    everything = f"{alarms}{commands}{events}"
    assert not [secret for secret in ("wang", "04A1", "card", "actor", "note") if secret in everything]


async def test_an_alarm_goes_before_all_telemetry_that_waits(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)):
            await house.stored()
            await until(lambda: house.outbox.cursor("influx", "event") is not None)
        await house.batches(20)
        await house.journal.submit(alarm_entry(1))

        async with house.outlet(config(influxd.url)) as outlet:
            await until(lambda: outlet.standing.records == 1)
            points = outlet.standing.points

    assert points == 0


async def test_a_line_that_influxdb_cannot_read_is_set_aside_with_its_words_and_all_others_go(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)) as outlet:
            house.tell(300)
            house.put(b"door,device=x n=maybe 5\n")
            house.tell(300)
            house.put(b"door,device=,grid=g1 n=1i 5\n")
            await house.batches(1)
            await house.stored()
        found = await influxd.query(ALL)
        aside = await house.outbox.quarantined("influx")

    assert found[0]["values"] == [all_of(2600)]
    assert {(q.line.rstrip(), q.why) for q in aside} == {
        (b"door,device=x n=maybe 5", "unable to parse: invalid boolean"),
        (b"door,device=,grid=g1 n=1i 5", "unable to parse: missing tag value"),
    }
    assert outlet.standing.refused == 2
    assert outlet.standing.requests < 8
    refused = [said for said in house.said if said.rule == "outlet_refused"]
    assert [said.abnormal for said in refused] == [True, False]
    assert "unable to parse" in refused[0].why


async def test_a_type_conflict_is_shown_with_measurement_and_field(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        await influxd.write(b"door,device=old v=1.5 %d\n" % T0_NS)
        async with house.outlet(config(influxd.url)) as outlet:
            house.tell(1000)
            for n in range(3):
                house.put(b"door,device=x v=%di %d\n" % (n, T0_NS + n))
            await house.batches(1)
            await house.stored()
        found = await influxd.query(ALL)
        aside = await house.outbox.quarantined("influx")

    assert found[0]["values"] == [all_of(3000)]
    assert [q.line.rstrip() for q in aside] == [b"door,device=x v=%di %d" % (n, T0_NS + n) for n in (2, 1, 0)]
    assert outlet.standing.requests < 8
    why = next(said.why for said in house.said if said.rule == "outlet_refused")
    assert why.startswith("door of x (v): ")
    assert 'input field "v" on measurement "door" is type integer, already exists as type float' in why


async def test_a_database_that_is_missing_loses_nothing_and_its_cure_is_named(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd", databases=()) as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)) as outlet:
            await house.batches(1)
            await until(lambda: outlet.standing.state is State.REFUSED)
            why = outlet.standing.why
            await house.batches(1)

            await influxd.query("CREATE DATABASE gridpost")
            await house.stored()
        found = await influxd.query(ALL)

    assert found[0]["values"] == [all_of(4000)]
    assert "make the database gridpost there, or name another" in why
    assert [said.abnormal for said in house.said if said.rule == "outlet_failing"] == [True, False]


async def test_a_password_that_was_put_right_is_taken_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("INFLUX_PASSWORD", "wrong-horse")
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        await influxd.require_sign_in("writer", "correct-horse")
        secret = {"username": "writer", "password": {"env": "INFLUX_PASSWORD"}}
        with caplog.at_level(logging.INFO):
            async with house.outlet(config(influxd.url, **secret)) as outlet:
                await house.batches(1)
                await until(lambda: outlet.standing.state is State.REFUSED)
                why = outlet.standing.why

                monkeypatch.setenv("INFLUX_PASSWORD", "correct-horse")
                await house.stored()
        found = await influxd.query(ALL)

    assert found[0]["values"] == [all_of(2000)]
    assert "put the right secret where `password` names it" in why
    assert "horse" not in why + caplog.text + repr(house.said)


async def test_what_is_over_the_limit_of_influxdb_goes_in_smaller_pieces(tmp_path: Path) -> None:
    limit = {"max-body-size": "90000"}
    async with Influxd(tmp_path / "influxd", http=limit) as influxd, wired(tmp_path) as house:
        await house.batches(1)
        house.outbox.move("influx", TELEMETRY, 0)
        async with house.outlet(config(influxd.url)):
            await house.batches(3)
            await house.stored()
        found = await influxd.query(ALL)

    assert found[0]["values"] == [all_of(8000)]


async def test_a_server_that_goes_and_comes_is_said_once_each(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        with caplog.at_level(logging.INFO):
            async with house.outlet(config(influxd.url)) as outlet:
                await house.batches(1)
                await house.stored()
                await influxd.kill()
                await house.batches(3)
                await until(lambda: outlet.standing.state is State.FAILING)
                requests = outlet.standing.requests
                await until(lambda: outlet.standing.requests >= requests + 3)
                await influxd.start()
                await house.stored()
        found = await influxd.query(ALL)

    assert found[0]["values"] == [all_of(8000)]
    assert [said.abnormal for said in house.said] == [False, True, False]
    assert "influx at http://127.0.0.1" in house.said[1].why
    assert [record.getMessage() for record in caplog.records if record.name == "gridpost.influx"] == [
        "outlet lost",
        "outlet back",
    ]


async def test_compressed_is_taken_as_well(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url, gzip=True)):
            await house.batches(2)
            await house.stored()
        found = await influxd.query(ALL)

    assert found[0]["values"] == [all_of(4000)]


async def test_a_simulated_compound_stays_on_the_box(tmp_path: Path) -> None:
    async with wired(tmp_path, simulated=True) as house, house.outlet(config("http://192.0.2.1:8086")) as outlet:
        await house.batches(1)
        await until(lambda: outlet.standing.state is State.REFUSED)

    assert outlet.standing.requests == 0
    assert "the compound is simulated" in outlet.standing.why


async def test_what_is_simulated_is_marked_where_it_is_allowed_to_go(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path, simulated=True) as house:
        async with house.outlet(config(influxd.url)) as outlet:
            await until(lambda: house.outbox.cursor("influx", "event") is not None)
            await house.journal.submit(alarm_entry(1))
            outlet.records_came()
            await until(lambda: outlet.standing.records == 1)

        found = await influxd.query("SELECT simulated, text FROM gridpost_alarm")

    assert found[0]["values"][0][1:] == ["true", "【模拟】P2 b1u1 door_forced raised"]


async def test_an_outbox_that_cannot_be_read_for_a_moment_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = Outbox.read, 0

    async def stumbles(outbox: Outbox, after: int, most_bytes: int, *, before: int | None = None) -> Sequence[Batch]:
        nonlocal reads
        reads += 1
        return () if reads <= 4 else await read(outbox, after, most_bytes, before=before)

    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)):
            await house.stored()
            monkeypatch.setattr(Outbox, "read", stumbles)
            reads = 0
            await house.batches(3)
            await house.stored()
        found = await influxd.query(ALL)

    assert reads > 4
    assert found[0]["values"] == [all_of(6000)]


async def test_batches_that_the_outbox_let_go_hold_up_nothing(tmp_path: Path) -> None:
    too_old = SETTINGS.max_age_seconds + 3600
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        house.outbox.move("influx", TELEMETRY, 0)
        house.outbox.append(b"old n=1i 1\n", 1, T0_NS - int(too_old * 1e9))
        await house.outbox.settled()
        await house.batches(2)
        await until(lambda: house.outbox.lost().get("age", 0) == 1)

        async with house.outlet(config(influxd.url)):
            await house.stored()
        found = await influxd.query(ALL)

    assert found[0]["values"] == [all_of(4000)]


async def test_a_record_in_an_unknown_form_holds_up_no_other(tmp_path: Path) -> None:
    async with Influxd(tmp_path / "influxd") as influxd, wired(tmp_path) as house:
        async with house.outlet(config(influxd.url)) as outlet:
            await until(lambda: house.outbox.cursor("influx", "event") is not None)
            with closing(sqlite3.connect(tmp_path / "journal.db", isolation_level=None)) as journal:
                journal.execute("INSERT INTO log VALUES (NULL, 'b', 1, 1.0, 1, 'event', 'b1u1', '{}')")
            await house.journal.submit(Entry(now(), (), (event(7),)))
            outlet.records_came()
            await until(lambda: outlet.standing.records >= 1)
        found = await influxd.query("SELECT sequence FROM gridpost_event")

    assert [row[1] for row in found[0]["values"]] == [7]
