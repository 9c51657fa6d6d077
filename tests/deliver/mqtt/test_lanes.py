"""What goes out when all is well: topics, payloads, ticks, records, and where the cursors stand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from drivers.contract import Command, DeviceEvent, Fault, Outcome, Quality, Result
from gateway.deliver.mqtt.ledger import Ledger
from gateway.deliver.mqtt.messages import Payloads, Topics
from gateway.deliver.mqtt.records import RecordLanes
from gateway.deliver.outlet import RECORDS, Standing
from gateway.model import Alarm, AlarmChanged, Change, Ended, Entry, Place, Priority
from tests.deliver.mqtt.box import box, now, stage, until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from gateway.keep.reading import Reader
    from gateway.model import LogRow

ALARM = Alarm(
    number=7,
    key="door_held@m000/door.open",
    rule="door_held",
    source="m000/door.open",
    device="m000",
    priority=Priority.P2,
    place=Place("b1", "1", "1单元门禁", "g1"),
    active=True,
    acked=False,
    latched=False,
    why="open for 30 s",
    acked_by="li",
    note="王阿姨 is on her way",
)


async def test_a_sample_is_one_message_with_every_point_but_the_personal_ones(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.box.sample("m001", (5, 2.5, "card of somebody", "门开着"))

        await until(lambda: bool(s.ear.on("/m001")))

        (heard,) = s.ear.on("/m001")
        assert heard.topic == "gridpost/xingfuli/telemetry/m001"
        assert heard.body["v"] == {"number": 5, "level": 2.5, "said": "门开着"}
        assert abs(heard.body["t"] / 1000 - now().utc) < 10


async def test_poll_groups_of_a_device_that_come_within_a_tick_share_a_message(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.box.sample("m000", (1, 0.5, "", ""))
        s.box.sample("m000", (True,), group=1)

        await until(lambda: bool(s.ear.on("/m000")))

        (heard,) = s.ear.on("/m000")
        assert heard.body["v"] == {"number": 1, "level": 0.5, "said": "", "door.open": True}


async def test_a_point_that_is_told_twice_within_a_tick_keeps_both_values_in_order(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.box.sample("m000", (True,), group=1)
        s.box.sample("m000", (1, 0.5, "", ""))
        s.box.sample("m000", (False,), group=1)

        await until(lambda: len(s.ear.on("/m000")) == 2)

        assert [heard.body["v"]["door.open"] for heard in s.ear.on("/m000")] == [True, False]


async def test_a_bad_point_has_its_fault_and_no_value_live_and_late_alike(tmp_path: Path) -> None:
    bad, doubtful = Fault(Quality.BAD, "out of range"), Fault(Quality.UNCERTAIN, "sensor is warming up")
    async with stage(tmp_path) as s:
        s.box.sample("m000", (1, 99.0, "", "x"), faults=(None, bad, None, doubtful))
        await until(lambda: bool(s.ear.on("/m000")))
        await s.broker.stop()
        s.box.sample("m001", (1, 99.0, "", "x"), faults=(None, bad, None, doubtful))
        await s.broker.start()
        await until(lambda: bool(s.ear.on("/m001/late")))

        said = [s.ear.on("/m000")[0].body, s.ear.on("/m001/late")[0].body]

        for body in said:
            assert body["v"] == {"number": 1, "said": "x"}
            assert body["q"] == {"level": "bad: out of range", "said": "uncertain: sensor is warming up"}


async def test_what_is_no_number_of_json_is_left_out(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.box.sample("m000", (1, float("nan"), "", "half a pair \ud800"))
        s.box.sample("m001", (2, float("inf"), "", ":null"))

        await until(lambda: len(s.ear.on("/telemetry/")) == 2)

        assert s.ear.on("/m000")[0].body["v"] == {"number": 1, "said": "half a pair ?"}
        assert s.ear.on("/m001")[0].body["v"] == {"number": 2, "said": ":null"}


async def test_the_cursor_follows_what_is_confirmed_and_on_disk(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        s.box.tell()

        await until(
            lambda: s.box.outbox.committed > 0 and s.box.outbox.cursor("city", "telemetry") == s.box.outbox.committed
        )

        assert s.outlet.standing.points == 9
        assert s.outlet.standing.requests == 3


async def test_alarms_ended_commands_and_events_go_out_without_anybodys_name(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        ended = Ended(Command(9, "m001", "unlock", {}, 0), Result(Outcome.DONE, {"lock": "open"}, ""), actor="li")
        event = DeviceEvent("m002", "e1", 4, "card_granted", {"door": 1, "credential": "ab12", "actor": "li"}, 0)
        await s.box.journal.submit(Entry(now(), (AlarmChanged(ALARM, Change.RAISED, announce=True), ended), (event,)))
        s.outlet.records_came()

        await until(lambda: s.outlet.standing.records == 3)

        (alarm,), (command,), (happened,) = s.ear.on("/alarm/7"), s.ear.on("/command/m001"), s.ear.on("/event/m002")
        assert (alarm.body["change"], alarm.body["priority"], alarm.body["grid"]) == ("raised", 2, "g1")
        assert (command.body["outcome"], command.body["confirmed"]) == ("done", {"lock": "open"})
        assert happened.body["body"] == {"door": 1}
        everything = b"".join(heard.payload for heard in (alarm, command, happened)).decode()
        assert not any(name in everything for name in ('"li"', "王阿姨", "ab12", "1单元门禁"))


class _Busy:
    """A journal into which a row comes whenever it is asked where it ends."""

    def __init__(self, reader: Reader, come: Callable[[], Awaitable[object]]) -> None:
        self._reader = reader
        self._come = come

    async def last_seq(self) -> int:
        """The end as it was."""
        ended = await self._reader.last_seq()
        await self._come()
        return ended

    async def log(self, after: int, limit: int, kind: str) -> list[LogRow]:
        """The real rows."""
        return await self._reader.log(after, limit, kind)


async def test_the_lanes_of_a_new_destination_begin_at_one_place_whatever_comes_meanwhile(tmp_path: Path) -> None:
    async with box(tmp_path) as b:
        told = Entry(now(), (AlarmChanged(ALARM, Change.RAISED, announce=True),))
        busy = _Busy(b.wiring.records, lambda: b.journal.submit(told))
        wiring = replace(b.wiring, records=cast("Reader", busy))
        ledger = Ledger(Standing("city", "mqtt", ""), wiring, lambda *_: None, lambda: None)
        lanes = RecordLanes("city", wiring, Topics("gridpost", "xingfuli"), Payloads(simulated=False), ledger)

        await lanes.begin()

        assert len({b.outbox.cursor("city", lane) for lane in RECORDS}) == 1


async def test_an_alarm_of_an_outage_goes_out_before_the_telemetry_of_it(tmp_path: Path) -> None:
    async with stage(tmp_path, max_in_flight=10) as s:
        await s.broker.stop()
        s.box.tell(rounds=100)
        await s.box.journal.submit(Entry(now(), (AlarmChanged(ALARM, Change.RAISED, announce=True),)))
        await s.broker.start()

        await s.all_heard()

        place = next(i for i, heard in enumerate(s.ear.heard) if "/alarm/" in heard.topic)
        assert place < 30


async def test_records_that_were_confirmed_do_not_go_again_after_a_reconnection(tmp_path: Path) -> None:
    async with stage(tmp_path) as s:
        await s.box.journal.submit(Entry(now(), (AlarmChanged(ALARM, Change.RAISED, announce=True),)))
        s.outlet.records_came()
        await until(lambda: s.outlet.standing.records == 1)
        s.proxy.break_connections()
        await s.box.journal.submit(Entry(now(), (AlarmChanged(ALARM, Change.CLEARED, announce=False),)))
        s.outlet.records_came()

        await until(lambda: s.outlet.standing.records == 2)

        assert [heard.body["change"] for heard in s.ear.on("/alarm/")] == ["raised", "cleared"]


async def test_everything_of_a_simulated_compound_is_marked(tmp_path: Path) -> None:
    async with stage(tmp_path, simulated=True) as s:
        s.box.tell()
        await s.box.journal.submit(Entry(now(), (AlarmChanged(ALARM, Change.RAISED, announce=True),)))
        s.outlet.records_came()

        await until(lambda: len(s.ear.heard) >= 5)

        assert all(heard.body["simulated"] is True for heard in s.ear.heard)
        assert s.ear.on("/alarm/")[0].body["text"].startswith("【模拟】")
