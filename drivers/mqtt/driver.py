"""The driver of one broker: the face that the contract asks for."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from drivers.contract import LineLost, Misconfigured, Outcome, Result
from drivers.mqtt.connecting import Connecting
from drivers.mqtt.memory import Memory
from drivers.mqtt.peer import Peer
from drivers.mqtt.product import hasher, load_mqtt_product
from drivers.mqtt.stay import Stay
from drivers.profile import ProfileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Command, Device, Post, Rejected, WantedState
    from drivers.mqtt.config import MqttLineConfig


class MqttLine:
    """A broker and its devices. Implements `drivers.contract.Driver` and `drivers.contract.Inspectable`.

    Raises `Misconfigured` for a product that cannot be used; touches no network before `run`.
    """

    def __init__(self, config: MqttLineConfig) -> None:
        self._config = config
        key = config.credential_key
        self._key = secrets.token_bytes(32) if key is None else bytes.fromhex(key.get_secret_value())
        self._connecting = Connecting(config)
        self._memory = Memory(self._made(config, {}))
        self._stay: Stay | None = None

    @property
    def devices(self) -> Sequence[Device]:
        """The devices behind the broker."""
        return tuple(peer.device for peer in self._memory.peers.values())

    async def run(self, post: Post) -> None:
        """Connect and report until the connection is lost."""
        way = await self._connecting.way()
        async with asyncio.TaskGroup() as tasks:
            self._stay = stay = Stay(way, self._memory, post, tasks)
            try:
                why = await stay.until_lost()
                if stay.welcomed:
                    why = self._connecting.judged(why, stay.lived_seconds, dropped=stay.session.dropped)
                await stay.drained()
            finally:
                self._stay = None
                stay.close()
        raise why

    async def perform(self, command: Command) -> Result:
        """Publish it once, and wait for what the device says and shows."""
        peer, stay = self._memory.peers.get(command.device), self._stay
        if peer is None or all(spec.name != command.name for spec in peer.device.commands):
            return Result(Outcome.REFUSED, why=f"{command.device} takes no command {command.name!r}")
        if stay is None or not stay.welcomed:
            return Result(Outcome.REFUSED, why=f"not sent: {self._config.address} is not connected")
        self._memory.tally.sent += 1
        return await self._memory.orders.perform(command, peer, stay.session)

    def want(self, device: str, state: WantedState) -> None:
        """Take a level, and say it at once where there is a connection. What the product does not know is ignored."""
        peer, stay = self._memory.peers.get(device), self._stay
        if peer is not None and state.name in peer.device.wants:
            self._memory.wanting.want(peer, state, stay.session if stay is not None and stay.welcomed else None)

    async def adopt(self, config: MqttLineConfig) -> bool:
        """Take other devices without touching those that stay. False where the connection itself is another.

        Raises `Misconfigured` like the constructor and then changes nothing.
        """
        if _connection(config) != _connection(self._config):
            return False
        before = self._memory.peers
        after = await asyncio.to_thread(self._made, config, before)
        gone = [peer for name, peer in before.items() if after.get(name) is not peer]
        come = [peer for name, peer in after.items() if before.get(name) is not peer]
        self._config = config
        self._memory.put(after)
        if (stay := self._stay) is not None and stay.welcomed:
            try:
                await stay.adopt(gone, come)
            except LineLost as lost:  # the next connection subscribes to what there is by then
                stay.session.give_up(lost)
        return True

    def statistics(self) -> Mapping[str, float]:
        """Counters since the driver was made; `waiting` and `owed` (messages) are of now."""
        memory, stay = self._memory, self._stay
        return {
            **memory.tally.numbers(),
            "wants_said": memory.wanting.said,
            "wants_refused": memory.wanting.refused,
            "waiting": 0 if stay is None else len(stay.inbox),
            "owed": 0 if stay is None else stay.handover.owed,
        }

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        """Of each device whose messages could not all be taken: how many."""
        return {name: {"rejected": peer.rejected} for name, peer in self._memory.peers.items() if peer.rejected}

    def rejected(self) -> Sequence[Rejected]:
        """See `drivers.contract.Inspectable`."""
        return self._memory.rejects.newest_first()

    def _made(self, config: MqttLineConfig, before: Mapping[str, Peer]) -> dict[str, Peer]:
        """The devices of a configuration; those that are as before are the same objects."""
        peers: dict[str, Peer] = {}
        for device in config.devices:
            try:
                product = load_mqtt_product(device.product, config.profile_folders)
            except ProfileError as error:
                raise Misconfigured(f"{device.id}: {error}") from None
            known = before.get(device.id)
            same = known is not None and known.config == device and known.product is product
            peers[device.id] = known if same and known else Peer(device, product, hasher(self._key, device.id))
        return peers


def _connection(config: MqttLineConfig) -> MqttLineConfig:
    """All of a configuration but its devices."""
    return config.model_copy(update={"devices": (), "profile_folders": ()})
