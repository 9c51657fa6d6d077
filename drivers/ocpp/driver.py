"""The central system for one port of chargers: what outlives a run, and the face that the contract asks for."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Final

from drivers.contract import CHARGING_OFF, Link, Misconfigured, Outcome, Result
from drivers.ocpp.acts import perform
from drivers.ocpp.admission import Credentials
from drivers.ocpp.answers import Answers
from drivers.ocpp.calling import Urgency
from drivers.ocpp.holding import Holding
from drivers.ocpp.listening import Listening
from drivers.ocpp.product import connector_of
from drivers.ocpp.station import Shared, Station
from drivers.secret import SecretMissing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Json, Post, Rejected, WantedState
    from drivers.ocpp.config import OcppConfig

STEP_SECONDS: Final = 1.0
NEVER_SECONDS: Final = 90.0
"""A charger that has not dialled in for so long after the start of a run is lost."""

_MAY_CHANGE: Final = frozenset({"devices"})
"""What of a line may be written otherwise without a new beginning of the whole line."""


class OcppLine:
    """A port at which chargers dial in.

    Implements `drivers.contract.Driver` and `Inspectable`. Raises Misconfigured for a password that cannot be read; touches no
    network before `run`.
    """

    def __init__(self, config: OcppConfig) -> None:
        self._config = config
        key = config.credential_key
        self._shared = Shared(
            secrets.token_bytes(32) if key is None else bytes.fromhex(key.get_secret_value()),
            secrets.token_hex(6),
            config.heartbeat_seconds,
            config.sample_seconds,
        )
        self._stations = self._made(config)
        """By identity, with what each must show."""
        self._by_device = _by_device(self._stations)
        self._post: Post | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._working: dict[str, list[asyncio.Task[None]]] = {}
        """What works for each charger while a run lasts, by device."""

    # ------------------------------------------------------------ what the gateway calls

    @property
    def devices(self) -> Sequence[Device]:
        """The chargers in the order of the configuration."""
        return tuple(station.device for station, _ in self._stations.values())

    async def run(self, post: Post) -> None:
        """Listen until cancelled. Raises LineLost where the port is not to be had, Misconfigured for certificates."""
        for station, _ in self._stations.values():
            station.begin(post)
        listening = Listening(self._config, self._stations, self._shared, post)
        async with listening.open():
            try:
                async with asyncio.TaskGroup() as tasks:
                    self._post, self._tasks = post, tasks
                    for station, _ in self._stations.values():
                        self._work(station, tasks)
                    await self._keep_house()
            finally:
                self._post = self._tasks = None
                self._working.clear()
                for station, _ in self._stations.values():
                    station.close()

    async def perform(self, command: Command) -> Result:
        """See `Driver.perform`; what a charger accepted and did not show is UNKNOWN."""
        station = self._by_device.get(command.device)
        if station is None:
            return Result(Outcome.REFUSED, why=f"{command.device} takes no command {command.name!r}")
        return await perform(station, command)

    def want(self, device: str, state: WantedState) -> None:
        """Hold charging off from now on, through reconnects; a level of None lifts that."""
        station = self._by_device.get(device)
        if station is None or state.name != CHARGING_OFF:
            return
        level = state.level
        if isinstance(level, dict):
            parts = (connector_of(str(part), len(station.connectors)) for part in level.get("parts", ()))
            station.hold(frozenset(part for part in parts if part is not None))
        else:
            station.hold(frozenset(station.connectors) if level else frozenset())

    def statistics(self) -> Mapping[str, float]:
        """Counters since the driver was made; `connected` and `transactions` are of now."""
        stations = [station for station, _ in self._stations.values()]
        return {
            **self._shared.tally.numbers(),
            "connected": sum(station.conversation is not None for station in stations),
            "transactions": sum(station.transactions.open for station in stations),
        }

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        """How often each charger started, what waits of it, and its messages by action."""
        return {
            station.device.id: {"boots": station.boots, "waiting": len(station.inbox), **station.heard}
            for station, _ in self._stations.values()
        }

    async def adopt(self, config: OcppConfig) -> bool:
        """Take other chargers without touching those that stay; one that is written otherwise dials in anew.

        False where the line itself is another. Raises Misconfigured like the constructor and then changes nothing.
        """
        if _line(config) != _line(self._config):
            return False
        made = await asyncio.to_thread(self._made, config)
        before = self._stations
        for identity, (station, credentials) in before.items():
            new = made.get(identity)
            if new is not None and new[0].charger == station.charger and new[1] == credentials:
                made[identity] = station, credentials
            else:
                await self._leave(station)
        self._config = config
        before.clear()
        before.update(made)  # the same mapping: those who listen look into it
        earlier, self._by_device = self._by_device, _by_device(made)
        for device, station in self._by_device.items():
            if earlier.get(device) is not station:
                self._join(station, earlier.get(device))
        return True

    def rejected(self) -> Sequence[Rejected]:
        """See `Inspectable.rejected`."""
        return self._shared.rejects.newest_first()

    # ------------------------------------------------------------ what a conformance suite calls

    async def call(self, station: str, action: str, fields: Mapping[str, Json]) -> Mapping[str, Json]:
        """Send any call to the charger with that identity, and return the fields of its answer.

        Raises CallFailed where nothing or an error comes back. LookupError where there is no such charger, or the line does not
        run for a conformance suite.
        """
        known = self._stations.get(station)
        conversation = None if known is None else known[0].conversation
        if not self._config.conformance or conversation is None:
            raise LookupError(f"no charge point {station!r} is connected for a conformance suite")
        return await conversation.call(action, fields, Urgency.COMMAND)

    # ------------------------------------------------------------ the run

    def _made(self, config: OcppConfig) -> dict[str, tuple[Station, Credentials]]:
        made = {}
        for charger in config.devices:
            try:
                made[charger.identity] = Station(charger, self._shared), Credentials(charger)
            except SecretMissing as missing:
                raise Misconfigured(f"{config.id}: the password of {charger.id}: {missing}") from missing
        return made

    def _work(self, station: Station, tasks: asyncio.TaskGroup) -> None:
        name = station.device.id
        self._working[name] = [
            tasks.create_task(Answers(station).run(), name=f"{name}: answer"),
            tasks.create_task(Holding(station, tasks).run(), name=f"{name}: hold"),
        ]

    def _join(self, station: Station, earlier: Station | None) -> None:
        if earlier is not None:
            station.hold(frozenset(earlier.off & station.connectors.keys()))
        if self._post is not None and self._tasks is not None:
            station.begin(self._post)
            self._work(station, self._tasks)

    async def _leave(self, station: Station) -> None:
        if station.conversation is not None:
            station.conversation.drop("was written otherwise in the configuration")
        working = self._working.pop(station.device.id, [])
        async with station.idle():
            for task in working:
                task.cancel()
        if working:
            await asyncio.wait(working)
        station.close()

    async def _keep_house(self) -> None:
        tally = self._shared.tally
        begun = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(STEP_SECONDS)
            tally.steps += 1
            never = asyncio.get_running_loop().time() - begun > NEVER_SECONDS
            for station, _ in self._stations.values():
                station.doubt_unmeasured()
                if never and station.silent:
                    station.say(Link.LOST, "has not dialled in")


def _by_device(stations: Mapping[str, tuple[Station, Credentials]]) -> dict[str, Station]:
    return {station.device.id: station for station, _ in stations.values()}


def _line(config: OcppConfig) -> dict[str, object]:
    return config.model_dump(exclude=set(_MAY_CHANGE))
