"""The driver of one Modbus line: what outlives its connection, and the face that the contract asks for."""

from __future__ import annotations

import asyncio
import secrets
from functools import cache
from typing import TYPE_CHECKING, Final

from drivers.contract import SERIAL, LineLost, Misconfigured, Outcome, Pace, Result
from drivers.modbus.duties import tell
from drivers.modbus.holding import Holding
from drivers.modbus.identity import Identity
from drivers.modbus.patience import BEHIND_GATEWAY_SECONDS, FLOOR_SECONDS, Patience
from drivers.modbus.plan import device as device_of
from drivers.modbus.polling import Polling
from drivers.modbus.tally import Tally
from drivers.modbus.unit import Unit
from drivers.modbus.wire import Oddities
from drivers.modbus.write import Order
from drivers.profile import ProfileError, load_profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Post, WantedState
    from drivers.modbus.act import Act
    from drivers.modbus.config import ModbusConfig, ModbusDevice


_OF_UNITS: Final = (
    "devices",
    "fast_seconds",
    "normal_seconds",
    "slow_seconds",
    "timeout_seconds",
    "profile_folders",
    "credential_key",
)


class ModbusLine:
    """One host or port, one request outstanding, and the units on it. Implements `drivers.contract.Driver`.

    Raises `Misconfigured` when a product has no usable profile; touches no network before `run`.
    """

    def __init__(self, config: ModbusConfig) -> None:
        self._config = config
        self._units = {device.id: _unit(device, config) for device in config.devices}
        self._wants: dict[tuple[str, str], WantedState] = {}
        self._acts: list[Act] = [duty for unit in self._units.values() for duty in unit.duties]
        self._polling: Polling | None = None
        self._tally = Tally()

    @property
    def devices(self) -> Sequence[Device]:
        """The devices in the order of the configuration."""
        return tuple(unit.device for unit in self._units.values())

    async def run(self, post: Post) -> None:
        """Connect and poll until cancelled; raises LineLost."""
        why = "the driver was stopped"
        self._polling = Polling(self._config, tuple(self._units.values()), self._acts, post, self._tally)
        try:
            await self._polling.run()
        except LineLost as lost:
            why = str(lost)
            raise
        finally:
            self._polling = None
            for order in self._orders():
                order.line_lost(why)
            for act in self._acts:
                act.unit_back()  # a wanted level is written anew on the next connection

    async def perform(self, command: Command) -> Result:
        """Send it once and return what the device showed. Never raises but when cancelled.

        REFUSED: it was not sent, and will not be. FAILED: the device said no. UNKNOWN: it was sent, and nothing that was
        read back in time tells what came of it.
        """
        unit = self._units.get(command.device)
        profile = unit.profile.commands.get(command.name) if unit else None
        if unit is None or profile is None:
            return Result(Outcome.REFUSED, why=f"{command.device} takes no command {command.name!r}")
        if self._polling is None:
            return Result(Outcome.REFUSED, why="not sent: the line is not connected")
        try:
            order = Order(command, unit, profile)
        except ValueError as error:
            return Result(Outcome.REFUSED, why=f"{command.name} {error}")
        self._acts.append(order)
        self._polling.wake()
        try:
            return await order.result
        finally:
            order.over = True

    def want(self, device: str, state: WantedState) -> None:
        """Hold a level from now on, through reconnects; a level of None ends that, and writes nothing.

        A state that the device does not list in `wants` cannot be reached and is ignored.
        """
        unit = self._units.get(device)
        if unit is None or state.name not in unit.device.wants:
            return
        if state.level is None:
            self._wants.pop((device, state.name), None)
        else:
            self._wants[device, state.name] = state
        self._tell(unit, state)

    async def adopt(self, config: ModbusConfig) -> bool:
        """Take added, removed and changed devices without touching the connection or the other units.

        False when the line itself is another one. Raises `Misconfigured` like the constructor and then changes nothing.
        """
        if _line_of(config) != _line_of(self._config):
            return False
        # profiles are read from disk: not in the way of the polls
        units = await asyncio.to_thread(lambda: {device.id: _unit(device, config) for device in config.devices})
        before, self._config = self._units, config
        self._units = {
            name: known if (known := before.get(name)) and known.made_from == unit.made_from else unit
            for name, unit in units.items()
        }
        for name, unit in before.items():
            if self._units.get(name) is not unit:
                self._dismiss(unit)
        for name, unit in self._units.items():
            if before.get(name) is not unit:
                self._admit(unit)
        return True

    def statistics(self) -> Mapping[str, float]:
        """Counters since the driver was made, and the longest answer in milliseconds.

        `utilisation` is the share of the last minute (0 to 1) in which the line was carrying something: on a serial bus by
        the formula of wire time, else while a request was out. `cycle_seconds` is how long the last whole round of the fastest
        polls took, waiting for their beats included. Both are 0 while the line is not connected.
        """
        polling = self._polling
        return {
            **self._tally.numbers(),
            "utilisation": 0.0 if polling is None else polling.utilisation,
            "cycle_seconds": 0.0 if polling is None else polling.rounds.seconds,
        }

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Numbers of each unit since it was configured; `bad_crc`, `wrong` and `late` since its line was.

        `p99_ms` is what 99 of 100 answers took beyond their wire time, `timeout_ms` what the next one may take beyond it.
        """
        odd = self._tally.traffic.units
        numbers = {}
        for name, unit in self._units.items():
            of_unit = odd.get(unit.number) or Oddities()
            numbers[name] = {
                **unit.numbers(),
                "bad_crc": of_unit.bad_crc,
                "wrong": of_unit.wrong,
                "late": of_unit.late,
            }
        return numbers

    def _admit(self, unit: Unit) -> None:
        self._acts.extend(unit.duties)
        if self._polling is not None:
            self._polling.admit(unit)
        for (device, _), state in list(self._wants.items()):
            if device == unit.device.id:
                self._tell(unit, state)

    def _dismiss(self, unit: Unit) -> None:
        if self._polling is not None:
            self._polling.dismiss(unit)
        for order in self._orders():
            if order.unit is unit:
                order.line_lost(f"{unit.device.id} was taken out of the configuration or changed in it")
        for act in self._acts:
            if act.unit is unit:
                act.over = True
        stays = self._units.get(unit.device.id)
        for device, name in list(self._wants):
            if device == unit.device.id and (stays is None or name not in stays.device.wants):
                del self._wants[device, name]

    def _tell(self, unit: Unit, state: WantedState) -> None:
        """Pass a wanted level to whoever reaches it."""
        if state.name in unit.profile.wants:
            self._hold(unit, state)
        elif state.name == SERIAL:
            if unit.identity.expect(state.level) and self._polling is not None:
                self._polling.doubt(unit)
        else:
            tell(unit.duties, state)
        if self._polling is not None:
            self._polling.wake()

    def _hold(self, unit: Unit, state: WantedState) -> None:
        held = [act for act in self._acts if isinstance(act, Holding) and act.unit is unit and act.name == state.name]
        for holding in held:
            if state.level is None:
                holding.over = True
            elif not holding.over:
                holding.change(state.level)
                return
        if state.level is not None:
            self._acts.append(Holding(unit, state.name, unit.profile.wants[state.name], state.level))

    def _orders(self) -> list[Order]:
        return [act for act in self._acts if isinstance(act, Order) and not act.over]


def _unit(device: ModbusDevice, config: ModbusConfig) -> Unit:
    try:
        profile = load_profile(device.product, config.profile_folders)
    except ProfileError as error:
        raise Misconfigured(f"{config.id}: device {device.id}: {error}") from None
    paces = {
        Pace.FAST: config.fast_seconds,
        Pace.NORMAL: config.normal_seconds,
        Pace.SLOW: config.slow_seconds,
    }
    key = bytes.fromhex(config.credential_key.get_secret_value()) if config.credential_key else _key_of_this_process()
    described, reads = device_of(device.id, profile, paces)
    return Unit(
        described,
        device.unit,
        profile,
        reads,
        Identity(profile, device.unit, device.serial),
        recheck_seconds=config.slow_seconds,
        patience=Patience(config.timeout_seconds, _least_seconds(config)),
        credential_key=key,
        made_from=(device, profile, tuple(paces.values()), config.timeout_seconds, key),
    )


def _least_seconds(config: ModbusConfig) -> float:
    """The least that any answer may take: behind a gateway, until it has given up waiting itself."""
    if config.bus is None or config.bus.timeout_seconds is None:
        return FLOOR_SECONDS
    return max(FLOOR_SECONDS, config.bus.timeout_seconds + BEHIND_GATEWAY_SECONDS)


def _line_of(config: ModbusConfig) -> ModbusConfig:
    """What makes it another line when it changes: all but its units and how they are polled."""
    return config.model_copy(update=dict.fromkeys(_OF_UNITS))


@cache
def _key_of_this_process() -> bytes:
    return secrets.token_bytes(32)
