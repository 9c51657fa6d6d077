"""The door that every toy serves: as the driver describes it, and as it stands at the peer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from drivers.contract import CommandSpec, Device, Group, Kind, Misconfigured, Point

if TYPE_CHECKING:
    import asyncio
    from collections.abc import AsyncIterator

    from drivers.contract import Value

POINTS = (
    Point("open", Kind.BOOLEAN, meaning="door_open"),
    Point("temperature", Kind.REAL, unit="Cel", meaning="temperature", low=-40, high=85),
    Point("released", Kind.BOOLEAN, meaning="door_fire_released"),
)
ANSWER_SECONDS = 0.2


class ToyConfig(BaseModel):
    """What an installer would write for a toy line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = "toy"
    driver: str = "toy"
    host: str = "127.0.0.1"
    port: int
    product: str = "door"
    devices: tuple[str, ...]

    @property
    def line(self) -> tuple[str, str, int, str]:
        return self.id, self.host, self.port, self.product

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def described(self, every_seconds: float | None, *, works: bool = True) -> dict[str, Device]:
        if self.product != "door":
            raise Misconfigured(f"{self.id}: there is no product {self.product!r}; known: door")
        return {
            name: Device(
                id=name,
                product="door",
                groups=(Group(POINTS, every_seconds),),
                commands=(CommandSpec("pulse"),) if works else (),
                wants=("fire_release",) if works else (),
            )
            for name in self.devices
        }


class Told:
    """The last values of each device: an unchanged answer gives the same tuple."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[Value, ...]] = {}

    def values(self, device: str, state: dict[str, Any]) -> tuple[Value, ...]:
        values = state["open"], state["temperature"], state["released"]
        if self._last.get(device) != values:
            self._last[device] = values
        return self._last[device]


@dataclass
class Door:
    """The door at the peer. `mood` is how it takes commands: obey, refuse, or mute (takes them and never answers)."""

    open: bool = False
    temperature: float = 21.0
    released: bool = False
    silent: bool = False
    mood: str = "obey"
    executed: list[int] = field(default_factory=list)
    deaf: bool = False

    def state(self) -> dict[str, Any]:
        return {"open": self.open, "temperature": self.temperature, "released": self.released}

    def do(self, command_id: int) -> bool | None:
        """Take a command; returns whether it was done, None for no answer."""
        self.executed.append(command_id)
        return {"obey": True, "refuse": False, "mute": None}[self.mood]


def send(writer: asyncio.StreamWriter, **message: Any) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(message).encode() + b"\n")


async def messages(reader: asyncio.StreamReader) -> AsyncIterator[dict[str, Any]]:
    """The messages of a connection until it ends."""
    try:
        while line := await reader.readline():
            yield json.loads(line)
    except ConnectionError:
        return
