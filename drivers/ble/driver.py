"""The driver of one set of receivers: what outlives a run, and the face that the contract asks for."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from drivers.ble.handover import Handover
from drivers.ble.inbox import Heard, Inbox
from drivers.ble.kinds import GROUPS, RECEIVER_GROUP
from drivers.ble.listening import Listening
from drivers.ble.peers import Peers
from drivers.ble.product import air_products
from drivers.ble.receivers import Census, Receiver
from drivers.ble.strangers import Strangers
from drivers.ble.tally import Tally
from drivers.ble.turn import Turns
from drivers.contract import SENSORS, Device, Link, Misconfigured, Outcome, Result
from drivers.profile import ProfileError
from drivers.sealed_key import SensorKeys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from drivers.ble.config import BleConfig
    from drivers.ble.product import AirProduct
    from drivers.ble.source import Advert
    from drivers.contract import Command, Post, WantedState

STEP_SECONDS: Final = 1.0
SAMPLE_STEPS: Final = 10
"""Steps between two samples of each receiver."""
NOTE_STEPS: Final = 60
"""Steps between two times at which the counters that moved are kept, all in one transaction: a hundred small ones a second
would wear out the flash. A crash in between lets packets of the last minute pass once more. None of them clears an alarm: the
counter of each packet that raised or cleared one was kept with it."""


class BleLine:
    """A set of receivers and the detectors whose sensors they hear.

    Implements `drivers.contract.Driver`, and `drivers.ble.source.Ears` for its receivers. Raises `Misconfigured` for a product
    that cannot be used or a library that is not there; touches no radio before `run`.
    """

    def __init__(self, config: BleConfig) -> None:
        self._config = config
        self._products = _products(config)
        self._receivers = {receiver.id: Receiver(receiver, boottime_ns) for receiver in config.devices}
        self._devices = _devices(config)
        self._peers = Peers(config.detectors)
        self._keys = _keys(config)
        self._strangers = Strangers()
        self._inbox = Inbox()
        self._tally = Tally()
        self._wrong: dict[str, str] = {}
        """What was said against detectors, by device."""
        self._run: _Run | None = None

    # ------------------------------------------------------------ what the gateway calls

    @property
    def devices(self) -> Sequence[Device]:
        """The line itself, by whose name it is told which sensors hang where; its receivers; its detectors."""
        return self._devices

    async def run(self, post: Post) -> None:
        """Listen until cancelled; a line of receivers is never lost as a whole."""
        async with asyncio.TaskGroup() as tasks:
            self._run = run = self._begin(post, tasks)
            for receiver in self._receivers.values():
                self._listen(receiver, tasks)
            try:
                await self._keep_house(run)
            finally:  # before the receivers have ended: from here on nobody listens to them
                self._run = None
                run.close()

    async def perform(self, command: Command) -> Result:
        """Nothing here takes commands."""
        return Result(Outcome.REFUSED, why=f"{command.device} takes no command {command.name!r}")

    def want(self, device: str, state: WantedState) -> None:
        """Take which sensors hang where and which are in stock; any other state is ignored."""
        if device != self._config.id or state.name != SENSORS:
            return
        self._peers.want(state.level)
        if self._run is not None:
            self._run.listening.mended(self._peers.by_device, boottime_ns())

    async def adopt(self, config: BleConfig) -> bool:
        """Take other receivers and detectors without touching those that stay. False for another site key.

        Raises `Misconfigured` like the constructor and then changes nothing.
        """
        if config.credential_key != self._config.credential_key:
            return False
        products = await asyncio.to_thread(_products, config)
        before = self._receivers
        after = {
            receiver.id: known
            if (known := before.get(receiver.id)) is not None and known.config == receiver
            else Receiver(receiver, boottime_ns)
            for receiver in config.devices
        }
        await _stopped(receiver for name, receiver in before.items() if after.get(name) is not receiver)
        if self._run is not None:
            self._run.listening.note_counters()  # of sensors that may be gone in a moment
        self._receivers, self._products, self._config = after, products, config
        gone = {device.id for device in self._devices}
        self._devices = _devices(config)
        gone -= {device.id for device in self._devices}
        self._peers.adopt(config.detectors)
        if (run := self._run) is not None:
            run.listening.products, run.listening.kinds = products, config.detectors
            run.handover.forget(gone)
            for name, receiver in after.items():
                if before.get(name) is not receiver:
                    self._listen(receiver, run.tasks)
        return True

    def statistics(self) -> Mapping[str, float]:
        """Counters since the driver was made; `waiting` (packets) and `mounted` (sensors) are of now."""
        return {
            **self._tally.numbers(),
            "shed_repeats": self._inbox.shed_repeats,
            "shed_heartbeats": self._inbox.shed_heartbeats,
            "waiting": len(self._inbox),
            "waiting_most": self._inbox.waiting_most,
            "mounted": len(self._peers.by_device),
        }

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Numbers of each receiver, and of those detectors where something was odd."""
        numbers: dict[str, Mapping[str, float]] = {
            name: receiver.numbers() for name, receiver in self._receivers.items()
        }
        numbers |= {
            device: {**peer.odd.counts, "counter": peer.gate.counter or 0, "rssi": peer.signal.dbm}
            for device, peer in self._peers.by_device.items()
            if peer.odd is not None
        }
        return numbers

    # ------------------------------------------------------------ what the receivers call

    def heard(self, receiver: str, adverts: list[Advert], others: int) -> None:
        """See `drivers.ble.source.Ears`."""
        hearer, run = self._receivers.get(receiver), self._run
        if hearer is None or run is None:
            return
        hearer.heard += len(adverts) + others
        find, turns, tally = self._peers.find, run.turns, self._tally
        for advert in adverts:
            peer = find(advert.address)
            if peer is not None:
                tally.packets += 1
                turns.take(Heard(peer, receiver, advert))
            elif turns.over:
                tally.shed_strangers += 1
            else:
                tally.strangers += 1
                self._strangers.heard(receiver, advert, run.post)

    def found(self, receiver: str) -> None:
        """See `drivers.ble.source.Ears`."""
        self._say(receiver, Link.UP, "")

    def lost(self, receiver: str, why: str) -> None:
        """See `drivers.ble.source.Ears`."""
        self._say(receiver, Link.LOST, why)

    def wrong(self, receiver: str, why: str) -> None:
        """See `drivers.ble.source.Ears`."""
        self._say(receiver, Link.MISCONFIGURED, why)

    # ------------------------------------------------------------ the run

    def _say(self, receiver: str, link: Link, why: str) -> None:
        hearer, run = self._receivers.get(receiver), self._run
        if hearer is not None and run is not None and (said := hearer.changed(link, why, boottime_ns())) is not None:
            run.post.report(said)

    def _listen(self, receiver: Receiver, tasks: asyncio.TaskGroup) -> None:
        receiver.unknown()
        receiver.task = tasks.create_task(receiver.source.run(self), name=f"receiver {receiver.config.id}")

    def _begin(self, post: Post, tasks: asyncio.TaskGroup) -> _Run:
        handover = Handover(post, tasks)
        listening = Listening(
            self._products, self._config.detectors, self._keys, self._wrong, self._tally, post, handover
        )
        return _Run(post, tasks, handover, listening, Turns(self._inbox, listening.take))

    async def _keep_house(self, run: _Run) -> None:
        tally, census = self._tally, Census(SAMPLE_STEPS)
        while True:
            await asyncio.sleep(STEP_SECONDS)
            tally.steps += 1
            now_ns = boottime_ns()
            if census.step(self._peers.by_device.values(), now_ns):
                for name, receiver in self._receivers.items():
                    sensors = census.sensors.get(name, 0)
                    if (sample := receiver.sample(sensors, SAMPLE_STEPS * STEP_SECONDS, now_ns)) is not None:
                        run.post.report(sample)
            if tally.steps % NOTE_STEPS == 0:
                run.listening.note_counters()


class _Run:
    """What lives for as long as one run."""

    __slots__ = ("handover", "listening", "post", "tasks", "turns")

    def __init__(
        self, post: Post, tasks: asyncio.TaskGroup, handover: Handover, listening: Listening, turns: Turns
    ) -> None:
        self.post = post
        self.tasks = tasks
        self.handover = handover
        self.listening = listening
        self.turns = turns

    def close(self) -> None:
        """Tell what was judged, and keep every counter that moved."""
        self.turns.close()
        self.listening.presses.close()
        self.handover.close()
        self.listening.note_counters()


def boottime_ns() -> int:
    """CLOCK_BOOTTIME, by which packets are stamped."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _devices(config: BleConfig) -> tuple[Device, ...]:
    return (
        Device(config.id, "bluetooth-line", (), wants=(SENSORS,)),
        *(
            Device(receiver.id, "bluetooth-adapter" if receiver.adapter else "esphome-proxy", (RECEIVER_GROUP,))
            for receiver in config.devices
        ),
        *(Device(detector, f"{kind}-detector", GROUPS[kind]) for detector, kind in config.detectors.items()),
    )


def _products(config: BleConfig) -> Mapping[str, AirProduct]:
    try:
        return air_products(config.profile_folders)
    except ProfileError as error:
        raise Misconfigured(f"{config.id}: {error}") from None


def _keys(config: BleConfig) -> SensorKeys | None:
    key = config.credential_key
    return None if key is None else SensorKeys(bytes.fromhex(key.get_secret_value()))


async def _stopped(receivers: Iterable[Receiver]) -> None:
    tasks = [receiver.task for receiver in receivers if receiver.task is not None]
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
