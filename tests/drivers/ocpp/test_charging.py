"""Chargers that dial in, say how they are, and charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Link, Quality
from drivers.credential import tag_hash
from tests.drivers.ocpp.point import SITE_KEY, Point, central, clock
from tests.drivers.recording_post import RecordingPost
from tests.drivers.running import until

if TYPE_CHECKING:
    from drivers.contract import DeviceEvent, Sample, Value

KEYS = ("state", "error", "session", "current", "voltage", "power", "energy", "session_energy", "temperature", "charge")


def last(post: RecordingPost, connector: int = 1) -> dict[str, Value]:
    sample = post.samples("d1", connector)[-1]
    return dict(zip(KEYS, sample.values, strict=True))


def doubts(sample: Sample) -> dict[str, Quality]:
    faults = sample.faults or (None,) * len(KEYS)
    return {key: fault.quality for key, fault in zip(KEYS, faults, strict=True) if fault is not None}


def bodies(events: list[DeviceEvent], kind: str) -> list[dict[str, object]]:
    return [dict(event.body) for event in events if event.kind == kind]


async def test_a_charger_boots_charges_and_ends() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        booted = await point.boot()
        await point.status(1, "Preparing")
        allowed = await point.ask("Authorize", idTag="TAG1")
        begun = await point.start(meter=1000)
        await point.status(1, "Charging")
        await point.measure(15.5, transactionId=begun["transactionId"])
        charging = last(post)
        ended = await point.stop(begun["transactionId"], 3000, reason="EVDisconnected")
        await point.status(1, "Available")

        session, tag = str(begun["transactionId"]), tag_hash(SITE_KEY, "TAG1")
        assert (booted["status"], booted["interval"]) == ("Accepted", 300)
        assert allowed == {"idTagInfo": {"status": "Accepted"}}
        assert begun["idTagInfo"] == {"status": "Accepted"}
        assert begun["transactionId"] > 0
        assert ended == {}
        assert [(question.kind, dict(question.body)) for question in post.questions] == [
            ("authorize", {"tag": tag, "part": ""}),
            ("authorize", {"tag": tag, "part": "connector1"}),
        ]
        assert (charging["state"], charging["session"]) == ("charging", session)
        assert (charging["current"], charging["energy"], charging["session_energy"]) == (15.5, 1.5, 0.5)
        assert (last(post)["state"], last(post)["session"]) == ("free", "")
        started, stopped = post.events()
        assert (started.kind, dict(started.body)) == (
            "session_started",
            {"part": "connector1", "session": session, "tag": tag, "meter_kwh": 1.0, "offline": False},
        )
        assert {**stopped.body, "seconds": 0} == {
            "part": "connector1",
            "session": session,
            "why": "unplugged",
            "kwh": 2.0,
            "seconds": 0,
            "offline": False,
        }
        assert [link.link for link in post.links("d1")] == [Link.UP]
        assert driver.statistics()["connected"] == 1


async def test_a_tag_that_decide_refuses_is_invalid_and_a_charging_with_it_is_known_all_the_same() -> None:
    post = RecordingPost()
    post.allows = False
    async with central(post=post) as (_, _, port), Point(port) as point:
        refused = await point.ask("Authorize", idTag="TAG1")
        begun = await point.start()

    assert refused == {"idTagInfo": {"status": "Invalid"}}
    assert begun["idTagInfo"] == {"status": "Invalid"}
    assert bodies(post.events(), "session_started")[0]["session"] == str(begun["transactionId"])


async def test_no_tag_is_told_in_clear() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        await point.ask("Authorize", idTag="SECRETTAG")
        await point.start(tag="SECRETTAG")
        await point.say('[2,"1","Authorize",{"idTag":"SECRETTAG","odd":1}]')
        await point.say('{"idTag": "SECRETTAG"')
        await until(lambda: len(driver.rejected()) == 2)

        told = repr((post.kept, post.reports, post.questions, post.cursors, driver.rejected()))
        assert "SECRETTAG" not in told
        assert "***" in told


async def test_the_same_start_told_again_is_the_same_transaction_over_connections_and_restarts() -> None:
    post, at = RecordingPost(), clock()
    numbers = []
    for _ in range(2):
        async with central(post=post) as (_, _, port):
            for _ in range(2):
                async with Point(port) as point:
                    numbers.append((await point.start(at=at))["transactionId"])

    assert len(set(numbers)) == 1
    assert len(post.events()) == 1
    assert len(post.questions) == 1


async def test_a_start_whose_answer_was_lost_is_answered_with_the_number_that_is_on_disk() -> None:
    post, at = RecordingPost(), clock()
    async with central(post=post) as (_, _, port):
        async with Point(port) as point:
            post.disk_writes.clear()
            point.begin("StartTransaction", connectorId=1, idTag="T", meterStart=5, timestamp=at)
            await until(lambda: post.questions)
        async with Point(port) as point:
            again = point.begin("StartTransaction", connectorId=1, idTag="T", meterStart=5, timestamp=at)
            await until(lambda: post.links("d1")[-1].link is Link.UP)
            post.disk_writes.set()
            number = (await again)["transactionId"]

    assert bodies(post.events(), "session_started")[0]["session"] == str(number)
    assert len(post.events()) == 1


async def test_a_start_is_on_disk_before_it_is_answered() -> None:
    async with central() as (_, post, port), Point(port) as point:
        post.disk_writes.clear()
        answer = point.begin("StartTransaction", connectorId=1, idTag="T", meterStart=5, timestamp=clock())
        await until(lambda: post.questions)
        await point.socket.ping()
        early = answer.done()
        post.disk_writes.set()
        begun = await answer

        assert not early
        assert post.cursors["d1"]["last"] == begun["transactionId"]


async def test_a_charging_goes_on_over_a_reconnect_and_a_restart() -> None:
    post = RecordingPost()
    async with central(post=post) as (_, _, port):
        async with Point(port) as point:
            begun = await point.start()
            await point.status(1, "Charging")
        async with Point(port) as point:
            await point.measure(8.0)
            over = last(post)["session"]
    async with central(post=post) as (_, _, port), Point(port) as point:
        await point.status(1, "Charging")
        restarted = last(post)["session"]
        await point.stop(begun["transactionId"], 4000)
        after = last(post)["session"]

    assert over == restarted == str(begun["transactionId"])
    assert after == ""
    assert bodies(post.events(), "session_ended")[0]["kwh"] == 3.0


async def test_numbers_rise_for_ever_and_are_neither_0_nor_minus_1() -> None:
    post = RecordingPost()
    numbers = []
    for meter in range(4):
        async with central(post=post) as (_, _, port), Point(port) as point:
            numbers += [(await point.start(meter=100 * meter + n))["transactionId"] for n in range(3)]

    assert numbers == sorted(set(numbers))
    assert min(numbers) > 0


async def test_what_was_kept_back_while_offline_is_of_the_past_and_changes_no_value() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        await point.status(1, "Available")
        values = last(post)
        begun = await point.start(at=clock(7200), meter=1000)
        await point.measure(31.0, at=clock(5400), transactionId=begun["transactionId"])
        await point.status(1, "Faulted", "HighTemperature", timestamp=clock(5000))
        await point.stop(begun["transactionId"], 9000, at=clock(3600))

        started, ended = (event for event in post.events() if event.kind.startswith("session"))
        assert started.body["offline"] is ended.body["offline"] is True
        assert ended.body["kwh"] == 8.0
        assert abs(ended.body["seconds"] - 3600) <= 1
        assert started.measured_utc is not None
        assert ended.measured_utc is not None
        assert abs(ended.measured_utc - started.measured_utc - 3600) < 1
        assert last(post) == values
        assert driver.statistics()["old"] == 4


async def test_a_replay_told_twice_is_counted_once() -> None:
    async with central() as (driver, post, port), Point(port) as point:
        for _ in range(2):
            begun = await point.start(at="2026-11-01T08:00:00Z")
            await point.stop(begun["transactionId"], at="2026-11-01T09:00:00Z")

        assert [event.kind for event in post.events()] == ["session_started", "session_ended"]
        assert driver.statistics()["repeats"] == 2


async def test_a_stop_of_a_transaction_that_nobody_knows_is_kept_once_and_answered() -> None:
    async with central() as (_, post, port), Point(port) as point:
        answers = [await point.stop(number, at=clock(600)) for number in (-1, 0, 77)]
        await point.stop(77, at=(again := clock(10)))
        await point.stop(77, at=again)

        assert answers == [{}, {}, {}]
        assert [body["session"] for body in bodies(post.events(), "session_unknown")] == ["-1", "0", "77", "77"]


async def test_a_transaction_that_runs_by_a_forgotten_number_is_known_from_its_readings() -> None:
    async with central() as (_, post, port), Point(port) as point:
        await point.status(1, "Charging")
        await point.measure(9.0, transactionId=4711)
        running = last(post)["session"]
        await point.stop(4711)
        begun = await point.start()

        assert running == "4711"
        assert bodies(post.events(), "session_ended")[0]["kwh"] is None
        assert begun["transactionId"] > 4711


async def test_an_error_is_told_once_and_a_leak_and_smoke_are_in_its_words() -> None:
    async with central() as (_, post, port), Point(port) as point:
        for _ in range(2):
            await point.status(1, "Faulted", "OtherError", vendorErrorCode="SMOKE", info="cabinet")
        await point.status(0, "Faulted", "GroundFailure")
        await point.status(1, "Available")

        assert bodies(post.events(), "charger_error") == [
            {"part": "connector1", "code": "OtherError", "info": "SMOKE cabinet", "offline": False},
            {"part": "", "code": "GroundFailure", "info": "", "offline": False},
        ]
        assert [sample.values[1] for sample in post.samples("d1", 1)] == ["OtherError SMOKE cabinet"] * 2 + [""]
        assert post.samples("d1", 1)[0].values is post.samples("d1", 1)[1].values
        assert post.samples("d1", 0)[-1].values[:2] == ("fault", "GroundFailure")


async def test_a_status_of_yesterday_stands_until_a_newer_one_is_known() -> None:
    async with central() as (_, post, port), Point(port) as point:
        await point.status(1, "Charging", timestamp=clock(90_000))  # said again at a reconnect, as it was entered
        resent = last(post)["state"]
        await point.status(1, "Faulted", "HighTemperature", timestamp=clock(100_000))
        await point.status(1, "Finishing", timestamp=clock(-60))
        await point.status(1, "Faulted", "HighTemperature", timestamp=clock())  # its clock was set meanwhile

        assert resent == "charging"
        assert last(post)["state"] == "fault"
        assert [body["offline"] for body in bodies(post.events(), "charger_error")] == [False]


async def test_points_that_were_not_heard_are_bad_and_so_is_what_cannot_be_read() -> None:
    sampled = [
        {"value": "n/a", "measurand": "Voltage"},
        {"value": "900", "measurand": "Temperature", "unit": "Celsius"},
        {"value": "6.5", "measurand": "Current.Import"},
    ]
    async with central() as (_, post, port), Point(port) as point:
        await point.ask("MeterValues", connectorId=1, meterValue=[{"timestamp": clock(), "sampledValue": sampled}])

        sample = post.samples("d1", 1)[-1]
        assert sample.faults is not None
        assert doubts(sample).keys() == {
            "state",
            "error",
            "voltage",
            "power",
            "energy",
            "session_energy",
            "temperature",
            "charge",
        }
        assert [sample.faults[KEYS.index(key)].why for key in ("state", "voltage", "temperature")] == [  # type: ignore[union-attr]
            "not heard yet",
            "cannot be read",
            "out of range",
        ]


async def test_a_clock_that_is_wrong_is_told_and_its_times_are_not_believed() -> None:
    async with central() as (_, post, port), Point(port) as point:
        await point.start(at="1970-01-01T00:00:10Z")
        wrong = post.samples("d1", 0)[-1].values[-1]
        await point.status(1, "Charging", timestamp=clock())

        assert wrong is True
        assert post.samples("d1", 0)[-1].values[-1] is False
        assert post.events()[0].measured_utc is None
        assert post.events()[0].body["offline"] is False


async def test_other_messages_are_answered_as_the_standard_says() -> None:
    async with central() as (_, post, port), Point(port) as point:
        answers = [
            await point.ask("DataTransfer", vendorId="somebody", data="x"),
            await point.ask("FirmwareStatusNotification", status="Downloading"),
            await point.ask("DiagnosticsStatusNotification", status="Uploaded"),
        ]
        beat = await point.ask("Heartbeat")

        assert answers == [{"status": "UnknownVendorId"}, {}, {}]
        assert [(event.kind, event.body["status"]) for event in post.events()] == [
            ("firmware_status", "Downloading"),
            ("diagnostics_status", "Uploaded"),
        ]
        assert beat["currentTime"].endswith("Z")


async def test_a_charger_that_hangs_up_is_lost_once_and_found_once() -> None:
    async with central() as (_, post, port):
        async with Point(port) as point:
            await point.boot()
        await until(lambda: post.links("d1")[-1].link is Link.LOST)
        async with Point(port) as point:
            await point.ask("Heartbeat")

            assert [link.link for link in post.links("d1")] == [Link.UP, Link.LOST, Link.UP]


async def test_a_charger_that_is_only_sloppy_where_it_is_known_for_it_is_understood() -> None:
    lenient = {"id": "d1", "identity": "CP1", "lenient": ["StatusNotification"]}
    async with central(lenient) as (_, post, port), Point(port) as point:
        await point.ask("StatusNotification", connectorId="1", status="Charging", errorCode="NoError", vendor=1)

        assert last(post)["state"] == "charging"
