"""The driver of one NUT server: each power supply asked in its turn. Implements `drivers.contract.Driver`.

The protocol is aionut's. It connects by itself when it is asked something, and tries once more where the connection was dropped
in between; what it cannot mend is the end of the line, and connecting again is then the gateway's work.
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import TYPE_CHECKING

from drivers.contract import (
    Device,
    LineLost,
    Link,
    LinkChanged,
    Misconfigured,
    Outcome,
    Result,
    Sample,
)
from drivers.nut.variables import answer_of, group
from drivers.secret import SecretMissing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aionut import AIONUTClient

    from drivers.contract import Command, Post, WantedState
    from drivers.nut.config import NutConfig, NutDevice
    from drivers.nut.variables import Answer

PRODUCT = "nut-ups"

_ERROR = re.compile(r"ERR ([A-Z-]+)")
_UNKNOWN = "UNKNOWN-UPS"
_SILENT = {
    "DATA-STALE": "the server has no fresh word of it",
    "DRIVER-NOT-CONNECTED": "the server has no contact with it",
}
"""What a server says of one power supply alone (RFC 9271, 5): its line goes on."""


class NutLine:
    """A server and its power supplies. Raises `Misconfigured` for an unknown product; touches no network before `run`."""

    def __init__(self, config: NutConfig) -> None:
        self._config = config
        self._devices = _described(config)
        self._answers: dict[str, Answer] = {}
        self._links: dict[str, tuple[Link, str]] = {}
        self._missed: dict[str, int] = {}
        self._steps = 0

    @property
    def devices(self) -> Sequence[Device]:
        """The power supplies in the order of the configuration."""
        return tuple(self._devices.values())

    async def run(self, post: Post) -> None:
        """Ask round until cancelled; raises LineLost, or Misconfigured for a password that is missing or not taken."""
        client = self._client()
        self._links.clear()
        try:
            while True:
                for device in self._config.devices:
                    await self._visit(client, device, post)
                    self._steps += 1
                await asyncio.sleep(self._config.every_seconds)
        finally:
            client._connected = True  # noqa: SLF001 - it would leave a connection open that was made and whose login failed
            client.shutdown()

    async def perform(self, command: Command) -> Result:
        """Nothing: a power supply is only listened to."""
        return Result(Outcome.REFUSED, why=f"{command.device} takes no command {command.name!r}")

    def want(self, device: str, state: WantedState) -> None:
        """Nothing: a power supply holds no state."""

    def statistics(self) -> Mapping[str, float]:
        """How often any of them was asked."""
        return {"steps": self._steps}

    def device_statistics(self) -> Mapping[str, Mapping[str, float]]:
        """How often the server had nothing to tell of each."""
        return {name: {"missed": missed} for name, missed in self._missed.items()}

    async def adopt(self, config: NutConfig) -> bool:
        """Take added and removed power supplies; False when the line itself is another one."""
        if config.model_copy(update={"devices": ()}) != self._config.model_copy(update={"devices": ()}):
            return False
        described = _described(config)
        for gone in set(self._config.devices) - set(config.devices):
            for known in (self._answers, self._links, self._missed):
                known.pop(gone.id, None)
        self._config = config
        self._devices = {name: self._devices.get(name, device) for name, device in described.items()}
        return True

    # ------------------------------------------------------------ asking

    def _client(self) -> AIONUTClient:
        from aionut import AIONUTClient

        config, password = self._config, None
        if config.password is not None:
            try:
                password = config.password.read()
            except SecretMissing as missing:
                raise Misconfigured(f"{config.id}: {missing}") from None
        username = config.username or None
        return AIONUTClient(config.host, config.port, username, password, config.timeout_seconds)

    async def _visit(self, client: AIONUTClient, device: NutDevice, post: Post) -> None:
        try:
            variables = await self._asked(client, device)
        except _NotTold as not_told:
            self._missed[device.id] = self._missed.get(device.id, 0) + 1
            self._say(device.id, not_told.link, str(not_told), post)
            return
        if device not in self._config.devices:  # taken out while it was asked
            return
        self._say(device.id, Link.UP, "", post)
        answer = answer_of(variables)
        if self._answers.get(device.id) != answer:
            self._answers[device.id] = answer
        values, faults = self._answers[device.id]
        post.report(Sample(device.id, 0, values, faults, _now_ns()))

    async def _asked(self, client: AIONUTClient, device: NutDevice) -> Mapping[str, str]:
        from aionut import NUTCommandError, NUTError, NUTLoginError

        address = self._config.address
        try:
            return await client.list_vars(device.ups)
        except NUTLoginError:
            raise Misconfigured(f"{address} refuses us: look at `username`, `password` and its upsd.users") from None
        except NUTCommandError as error:
            said = _ERROR.search(str(error))
            word = said[1] if said else ""
            if word == _UNKNOWN:
                raise _NotTold(
                    Link.MISCONFIGURED, f"the server knows no {device.ups!r}: look at its ups.conf"
                ) from None
            if word in _SILENT:
                raise _NotTold(Link.LOST, _SILENT[word]) from None
            raise LineLost(f"{address} will not tell ({word or 'an error without a name'})") from None
        except (NUTError, OSError, EOFError, asyncio.LimitOverrunError) as error:
            # the last two are of asyncio's streams, and the library lets them through
            raise LineLost(f"{address} cannot be asked ({str(error) or type(error).__name__})") from None

    def _say(self, device: str, link: Link, why: str, post: Post) -> None:
        if self._links.get(device) != (link, why) and device in self._devices:
            self._links[device] = (link, why)
            post.report(LinkChanged(device, link, why, _now_ns()))


class _NotTold(Exception):
    """The server lives, and has nothing to tell of one power supply."""

    def __init__(self, link: Link, why: str) -> None:
        super().__init__(why)
        self.link = link


def _described(config: NutConfig) -> dict[str, Device]:
    for device in config.devices:
        if device.product != PRODUCT:
            raise Misconfigured(
                f"{config.id}: {device.id}: there is no product {device.product!r} on a line of NUT; known: {PRODUCT}"
            )
    points = group(config.every_seconds)
    return {device.id: Device(device.id, device.product, (points,)) for device in config.devices}


def _now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
