"""An adapter of the box as a receiver: bleak's own BlueZ backend, unmodified, on a private bus with a simulated bluetoothd."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from bleak.backends.bluezdbus import manager
from dbus_fast import DBusError

from drivers.ble.bluez import BlueZSource
from simulator.bluez import FakeBlueZ
from simulator.bluez_adapter import Adapter, Cure
from simulator.dbus import PrivateBus
from tests.drivers.ble.recording_ears import PATIENT, QUICK, clock, listening
from tests.drivers.running import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from drivers.ble.hearing import Times
    from tests.drivers.ble.recording_ears import RecordingEars

SENSOR = "A4:C1:38:00:00:01"
SENSOR_NUMBER = 0xA4C138000001
SMOKE = b"\x40\x29\x01"
CLEAR = b"\x40\x29\x00"
PHONE = "5E:00:00:00:00:01"
PHONES = "0000fe9f-0000-1000-8000-00805f9b34fb"

both_deltas = pytest.mark.parametrize("rssi_delta", [0, 8], ids=["BlueZ 5.66", "later BlueZ"])


@pytest.fixture
async def bus(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PrivateBus]:
    async with PrivateBus() as bus:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        asyncio.get_running_loop().set_exception_handler(but_for_what_dbus_fast_forgets)
        yield bus
    await until(bleak_let_go)
    gc.collect()


def but_for_what_dbus_fast_forgets(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A call on a connection that broke leaves a future behind which nobody can ask."""
    if getattr(context.get("exception"), "errno", None) != errno.EBADF:
        loop.default_exception_handler(context)


def bleak_let_go() -> bool:
    """Bleak keeps its connection as long as the loop lives; it sees its end a moment after the bus has died."""
    shared = manager._global_instances.get(asyncio.get_running_loop())
    return shared is None or shared._bus is None or not shared._bus.connected


def source(times: Times = QUICK, adapter: str = "hci0") -> BlueZSource:
    return BlueZSource("rx1", adapter, clock, times)


@asynccontextmanager
async def chatter(bluez: FakeBlueZ, adapter: str = "hci0") -> AsyncIterator[None]:
    """A phone is heard all the time, always with the same words and as loud."""

    async def chat() -> None:
        while True:
            bluez.advertise(adapter, PHONE, b"\x01", -70, uuid=PHONES)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(chat(), name="phone")
    try:
        yield
    finally:
        task.cancel()


async def found(ears: RecordingEars) -> None:
    await until(lambda: ears.states[-1:] == ["found"])


async def lost(ears: RecordingEars, why: str) -> None:
    """It was told lost for this reason; it may be found again by now."""
    await until(lambda: any(state == "lost" and why in reason for state, reason in ears.told))


@both_deltas
async def test_every_advert_is_heard_also_when_nothing_changed(bus: PrivateBus, rssi_delta: int) -> None:
    async with (
        FakeBlueZ(bus.address, rssi_delta=rssi_delta) as bluez,
        chatter(bluez),
        listening(source(PATIENT)) as ears,
    ):
        await found(ears)
        before = clock()

        for rssi in (-60, -61, -61, -61, -75):
            bluez.advertise("hci0", SENSOR, SMOKE, rssi)
        await until(lambda: len(ears.adverts) == 5)

    assert {(advert.address, advert.data) for advert in ears.adverts} == {(SENSOR_NUMBER, SMOKE)}
    assert [advert.rssi for advert in ears.adverts][::4] == [-60, -75]
    assert before <= ears.adverts[0].received_ns <= clock()
    assert ears.others > 0
    assert ears.told == [("found", "")]


async def test_what_changes_without_an_advert_is_no_advert(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source(PATIENT)) as ears:
        await found(ears)
        bluez.advertise("hci0", SENSOR, SMOKE, -60)
        await until(lambda: len(ears.adverts) == 1)

        for connected in (True, False):
            bluez.connect("hci0", SENSOR, connected=connected)
        bluez.advertise("hci0", SENSOR, CLEAR, -60)
        await until(lambda: ears.adverts[-1].data == CLEAR)
        bluez.power("hci0", on=False)  # the scan ends: every RSSI becomes invalid
        bluez.power("hci0", on=True)
        heard = ears.others
        bluez.advertise("hci0", SENSOR, SMOKE, -60)
        await asyncio.sleep(0.1)  # nobody scans, so that nothing can be waited for

    assert [advert.data for advert in ears.adverts] == [SMOKE, CLEAR]
    assert ears.others <= heard + 1


@both_deltas
async def test_a_stalled_radio_is_lost_and_cured_by_a_new_scan(bus: PrivateBus, rssi_delta: int) -> None:
    listener = source()
    async with FakeBlueZ(bus.address, rssi_delta=rssi_delta) as bluez, chatter(bluez), listening(listener) as ears:
        await found(ears)

        bluez.stall("hci0")

        await lost(ears, "adapter hci0 scans, but hears nothing from anybody")
        await found(ears)
    assert listener.statistics()["power_cycles"] == 0


async def test_a_radio_that_a_new_scan_does_not_cure_is_switched_off_and_on(bus: PrivateBus) -> None:
    listener = source()
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(listener) as ears:
        await found(ears)

        bluez.stall("hci0", Cure.POWER_CYCLE)

        await lost(ears, "hears nothing")
        await found(ears)
    assert listener.statistics()["power_cycles"] == 1
    assert listener.statistics()["restarts"] == 2


async def test_a_radio_that_nothing_cures_is_switched_ever_more_rarely_and_told_once(bus: PrivateBus) -> None:
    listener = source(replace(QUICK, silence_seconds=0.03))
    async with FakeBlueZ(bus.address) as bluez, listening(listener) as ears:
        bluez.stall("hci0", Cure.NOTHING)

        await until(lambda: listener.statistics()["restarts"] >= 12)

    assert ears.states == ["lost"]
    assert listener.statistics()["power_cycles"] == 3


async def test_an_adapter_that_is_pulled_out_and_put_in_again_hears_again(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source()) as ears:
        await found(ears)

        bluez.unplug("hci0")
        await lost(ears, "there is no adapter hci0")
        bluez.plug("hci0")

        await found(ears)


async def test_a_bluetoothd_that_dies_and_returns_is_heard_again(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source()) as ears:
        await found(ears)

        await bluez.die()
        await lost(ears, "bluetoothd is not running")
        await bluez.come_back()

        await found(ears)


async def test_a_bluetoothd_that_was_gone_for_a_moment_is_heard_again(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source()) as ears:
        await found(ears)

        await bluez.die()
        await bluez.come_back()  # the old scanner is deaf now, and nobody says so

        await lost(ears, "hears nothing")
        await found(ears)


async def test_a_bus_that_dies_and_returns_is_heard_again(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source()) as ears:
        await found(ears)

        await bus.kill()
        await lost(ears, "the system bus is not to be had")
        await bus.start()
        await lost(ears, "bluetoothd is not running")
        await bluez.come_back()

        await found(ears)


async def test_two_adapters_share_a_bus_that_dies_and_both_hear_again(bus: PrivateBus) -> None:
    async with (
        FakeBlueZ(bus.address, adapters=("hci0", "hci1")) as bluez,
        chatter(bluez, "hci0"),
        chatter(bluez, "hci1"),
        listening(source(adapter="hci0")) as first,
        listening(source(adapter="hci1")) as second,
    ):
        await found(first)
        await found(second)

        await bus.kill()
        await lost(first, "the system bus is not to be had")
        await lost(second, "the system bus is not to be had")
        await bus.start()
        await bluez.come_back()

        await found(first)
        await found(second)


async def test_a_bus_that_hangs_is_lost_and_heard_again_when_it_goes_on(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source()) as ears:
        await found(ears)
        assert bus._process is not None

        os.kill(bus._process.pid, signal.SIGSTOP)
        await lost(ears, "bluetoothd does not answer")
        os.kill(bus._process.pid, signal.SIGCONT)

        await found(ears)


async def test_an_adapter_that_is_off_at_the_start_is_switched_on(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez:
        bluez.power("hci0", on=False)

        async with chatter(bluez), listening(source(PATIENT)) as ears:
            await found(ears)

        assert bluez.powered("hci0")
        assert ears.told == [("found", "")]


async def test_an_adapter_that_another_program_switches_off_is_lost_and_switched_on(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(source()) as ears:
        await found(ears)

        bluez.power("hci0", on=False)

        await lost(ears, "hears nothing")
        await found(ears)
        assert bluez.powered("hci0")


async def test_an_adapter_that_cannot_be_switched_on_is_told(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez):
        bluez.power("hci0", on=False)
        with monkeypatch.context() as blocked:
            blocked.setattr(Adapter, "power", refusing("org.bluez.Error.Failed", "Blocked through rfkill"))
            async with listening(source()) as ears:
                await lost(ears, "adapter hci0 cannot be switched on: Blocked through rfkill")

                blocked.undo()

                await found(ears)


async def test_without_a_bus_at_the_start_it_waits_for_one(bus: PrivateBus) -> None:
    await bus.kill()

    async with listening(source()) as ears:
        await lost(ears, "the system bus is not to be had")
        await bus.start()
        await lost(ears, "bluetoothd is not running")
        async with FakeBlueZ(bus.address, adapters=()) as bluez:
            await lost(ears, "there is no adapter hci0")
            bluez.plug("hci0")
            async with chatter(bluez):
                await found(ears)

    assert ears.states.count("found") == 1


async def test_a_box_that_refuses_us_is_for_a_person_to_mend(bus: PrivateBus, monkeypatch: pytest.MonkeyPatch) -> None:
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez):
        with monkeypatch.context() as refused:
            refused.setattr(Adapter, "set_filter", refusing("org.freedesktop.DBus.Error.AccessDenied", "Rejected"))
            async with listening(source()) as ears:
                await until(lambda: ears.states == ["wrong"])
                assert "group bluetooth" in ears.reason("wrong")

                refused.undo()

                await found(ears)


async def test_a_scan_that_bluetoothd_will_not_begin_is_freed_by_switching_off_and_on(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = True
    start, power = Adapter.start, Adapter.power

    def start_if_free(adapter: Adapter, client: str) -> None:
        if stuck:
            raise DBusError("org.bluez.Error.InProgress", "Operation already in progress")
        start(adapter, client)

    def power_frees(adapter: Adapter, *, on: bool) -> None:
        nonlocal stuck
        stuck = False
        power(adapter, on=on)

    monkeypatch.setattr(Adapter, "start", start_if_free)
    monkeypatch.setattr(Adapter, "power", power_frees)
    listener = source(PATIENT)
    async with FakeBlueZ(bus.address) as bluez, chatter(bluez), listening(listener) as ears:
        await lost(ears, "bluetoothd cannot scan with hci0: Operation already in progress")
        await found(ears)

    assert listener.statistics()["power_cycles"] == 1


async def test_one_adapter_that_fails_deafens_no_other(bus: PrivateBus) -> None:
    async with (
        FakeBlueZ(bus.address, adapters=("hci0", "hci1")) as bluez,
        chatter(bluez, "hci0"),
        chatter(bluez, "hci1"),
        listening(source(PATIENT, "hci0")) as sound,
        listening(source(QUICK, "hci1")) as broken,
    ):
        await found(sound)
        await found(broken)

        bluez.unplug("hci1")
        await lost(broken, "there is no adapter hci1")
        bluez.plug("hci1")
        await found(broken)
        bluez.stall("hci1", Cure.POWER_CYCLE)
        await lost(broken, "adapter hci1 scans")
        await found(broken)
        heard = sound.others
        await until(lambda: sound.others > heard)

    assert sound.told == [("found", "")]


async def test_an_end_in_the_midst_of_a_beginning_leaves_no_scan_behind(
    bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = asyncio.Event()
    start = Adapter.start

    def start_and_tell(adapter: Adapter, client: str) -> None:
        start(adapter, client)
        began.set()  # the answer is not yet on its way

    monkeypatch.setattr(Adapter, "start", start_and_tell)
    async with FakeBlueZ(bus.address) as bluez:
        async with listening(source(PATIENT)):
            await began.wait()

        assert not bluez._adapters["hci0"]._scanning


async def test_an_end_stops_the_scan_and_many_beginnings_leave_nothing_behind(bus: PrivateBus) -> None:
    async with FakeBlueZ(bus.address) as bluez:
        listener = source(replace(QUICK, silence_seconds=0.01, first_pause_seconds=0.001, longest_pause_seconds=0.001))
        async with listening(listener):
            await until(lambda: listener.statistics()["restarts"] > 30)
        await until(lambda: not bluez._adapters["hci0"]._scanning)

        shared = manager._global_instances[asyncio.get_running_loop()]
        assert shared._advertisement_callbacks["/org/bluez/hci0"] == []
        assert shared._device_removed_callbacks == []


def refusing(error: str, words: str) -> Callable[..., None]:
    def refuse(*_: object, **__: object) -> None:
        raise DBusError(error, words)

    return refuse
