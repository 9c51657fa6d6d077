"""A Bluetooth adapter of this box, by BlueZ: bleak scans, and this keeps it scanning.

BlueZ tells nobody that a scan has ended. When bluetoothd dies, the adapter is unplugged or its firmware hangs, there is only
silence, and the old scanner stays deaf after the return. So silence ends a scan, and each scan has a new scanner. What bleak
shares between scanners, its connection to the bus, it makes anew by itself at the first start after the old one broke.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from bleak import BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError
from dbus_fast.errors import DBusFastError

from drivers.ble.adapter_power import switch
from drivers.ble.hearing import Hearing, Times
from drivers.ble.source import Advert
from drivers.contract import LineLost, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bleak.backends.device import BLEDevice
    from bleak.backends.scanner import AdvertisementData

    from drivers.ble.source import Clock, Ears

_log = logging.getLogger(__name__)

_BTHOME: Final = "0000fcd2-0000-1000-8000-00805f9b34fb"

_NO_RSSI: Final = -127
"""What stands where BlueZ knows no signal: nothing was heard now, but a property changed or the scan ended."""

_POWER_CYCLES: Final = frozenset({2, 4, 8, 16})
_POWER_CYCLE_EACH: Final = 32
"""After how many deaf rounds the adapter is switched off and on: soon, then more rarely, for it ends other programs' links."""

_NOT_RUNNING: Final = frozenset(
    {"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"}
)
_GONE: Final = frozenset({"org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod"})
_OFF: Final = "org.bluez.Error.NotReady"
_DENIED: Final = "org.freedesktop.DBus.Error.AccessDenied"

_BUS_BROKE: Final = (OSError, EOFError, DBusFastError, AttributeError)
"""What bleak and dbus-fast let through when the bus is not there or dies under a call; AttributeError: the reply was None."""


class BlueZSource:
    """One adapter that scans actively until cancelled. Implements `drivers.ble.source.AdvertSource`."""

    def __init__(self, receiver: str, adapter: str, clock: Clock, times: Times | None = None) -> None:
        self._receiver = receiver
        self._adapter = adapter
        self._clock = clock
        self._hearing = Hearing(receiver, f"adapter {adapter} scans, but hears nothing from anybody", times or Times())
        self._batch: list[Advert] = []
        self._others = 0
        self._connected: set[str] = set()
        self._deaf_rounds = 0
        self._power_cycle_due = False
        self._power_cycles = 0

    async def run(self, ears: Ears, /) -> NoReturn:
        """Scan until cancelled."""
        await self._hearing.keep(ears, self._scan)

    def statistics(self) -> dict[str, float]:
        """Adverts of BTHome devices and of others, beginnings after the first, and how often the adapter was power-cycled."""
        return {**self._hearing.statistics(), "power_cycles": self._power_cycles}

    async def _scan(self) -> NoReturn:
        self._connected.clear()
        if self._power_cycle_due:
            self._power_cycle_due = False
            await self._power_cycle()
        scanner = BleakScanner(
            self._detected,
            # DuplicateData: without it BlueZ keeps to itself what a sensor says twice in the same words
            bluez={"adapter": self._adapter, "filters": {"DuplicateData": True}},
        )
        heard_before = self._hearing.total
        try:
            await self._start(scanner)
            await self._hearing.until_silent()
            self._count_deaf_round(heard=self._hearing.total > heard_before)
            raise self._hearing.deaf()
        finally:
            await self._stop(scanner)

    async def _start(self, scanner: BleakScanner) -> None:
        try:
            try:
                await self._begin(scanner)
            except BleakDBusError as refused:
                if refused.dbus_error != _OFF:
                    raise
                await self._in_time(switch(self._adapter, (True,)))
                await self._begin(scanner)
        except BleakDBusError as refused:
            raise self._refused(refused) from refused
        except BleakBluetoothNotAvailableError as denied:
            raise Misconfigured(f"the system bus lets this program not in: {denied.args[0]}") from denied
        except BleakError as missing:
            raise LineLost(f"there is no adapter {self._adapter}") from missing
        except TimeoutError as error:
            raise LineLost("bluetoothd does not answer") from error
        except _BUS_BROKE as error:
            raise LineLost("the system bus is not to be had, over which bluetoothd speaks") from error

    async def _begin(self, scanner: BleakScanner) -> None:
        """Start, and see it through when cancelled meanwhile: half a start leaves a scan at bluetoothd that nobody can end."""
        starting = asyncio.create_task(self._in_time(scanner.start()), name=f"{self._receiver}: start")
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._hearing.times.end_seconds):
                    await asyncio.gather(starting, return_exceptions=True)
            raise

    async def _in_time(self, beginning: Awaitable[None]) -> None:
        async with asyncio.timeout(self._hearing.times.begin_seconds):
            await beginning

    def _refused(self, refused: BleakDBusError) -> LineLost | Misconfigured:
        error = refused.dbus_error
        if error in _NOT_RUNNING:
            return LineLost("bluetoothd is not running")
        if error in _GONE:
            return LineLost(f"there is no adapter {self._adapter}")
        if error == _DENIED:
            return Misconfigured("bluetoothd refuses this program: its user needs the group bluetooth")
        self._count_deaf_round(heard=False)
        return LineLost(f"bluetoothd cannot scan with {self._adapter}: {refused.dbus_error_details or error}")

    async def _stop(self, scanner: BleakScanner) -> None:
        """End the scan as far as it goes: what is dead refuses or answers nothing, and the next scanner is a new one."""
        try:
            async with asyncio.timeout(self._hearing.times.end_seconds):
                await scanner.stop()
        except (BleakError, TimeoutError, *_BUS_BROKE) as error:
            _log.debug("%s: the scan could not be ended: %r", self._receiver, error)

    async def _power_cycle(self) -> None:
        self._power_cycles += 1
        try:
            await self._in_time(switch(self._adapter, (False, True)))
        except (LineLost, TimeoutError, *_BUS_BROKE) as error:
            # Some may scan but not switch; a start that fails says why better than this.
            _log.debug("%s: could not be switched off and on: %r", self._receiver, error)

    def _count_deaf_round(self, *, heard: bool) -> None:
        self._deaf_rounds = 1 if heard else self._deaf_rounds + 1
        self._power_cycle_due = self._deaf_rounds in _POWER_CYCLES or self._deaf_rounds % _POWER_CYCLE_EACH == 0

    def _detected(self, device: BLEDevice, heard: AdvertisementData) -> None:
        """Take what bleak calls an advert: any change of a device's properties, with the last advert's data in it."""
        if heard.rssi <= _NO_RSSI or self._only_connection_changed(heard):
            return
        if not self._batch and not self._others:
            asyncio.get_running_loop().call_soon(self._pass_on)
        data = heard.service_data.get(_BTHOME)
        if data is None:
            self._others += 1
        else:
            self._batch.append(Advert(int(device.address.replace(":", ""), 16), heard.rssi, data, self._clock()))

    def _only_connection_changed(self, heard: AdvertisementData) -> bool:
        path, properties = heard.platform_data
        connected = bool(properties.get("Connected"))
        if connected is (path in self._connected):
            return False
        if connected:
            self._connected.add(path)
        else:
            self._connected.discard(path)
        return True

    def _pass_on(self) -> None:
        """Once a turn of the loop: one read of the bus brings many adverts."""
        batch, others = self._batch, self._others
        self._batch, self._others = [], 0
        self._hearing.heard(batch, others)
