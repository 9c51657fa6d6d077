"""What the tests of channels send, and who hears what comes back."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.deliver.channels.contract import Addressee, ChannelWiring, Message
from gateway.model import Now, Priority

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from gateway.deliver.channels.contract import Channel, Said
    from gateway.model import Act, LineChanged, Outcome
    from gateway.notice import Fate

TEXT = "3号楼2单元501 厨房烟感报警。先打电话核实,火警拨119。"


def now() -> Now:
    return Now("boot", time.monotonic_ns(), time.time(), trusted=True)


class NoRoad:
    """No channel but a siren walks the road."""

    async def act(self, _act: Act, /) -> Sequence[Outcome]:
        raise AssertionError("this channel asks for nothing")

    def line_changed(self, _changed: LineChanged, /) -> None:
        raise AssertionError("this channel knows no lines")


def wiring(road: Any = None, *, simulated: bool = False) -> ChannelWiring:
    return ChannelWiring("xfl", simulated, now, road or NoRoad())


def message(to: str = "13800138000", text: str = TEXT, **more: Any) -> Message:
    facts: dict[str, Any] = {
        "title": "烟感报警",
        "priority": Priority.P1,
        "subject": "alarm:12",
        "numbers": (7,),
        "alarm": 12,
    }
    return Message(text=text, to=(Addressee("zhang", to),), **(facts | more))


@dataclass
class Heard:
    """An `Inbound` that remembers."""

    answers: list[tuple[str, str, int | None, str]] = field(default_factory=list)
    fates: list[tuple[str, Fate, str]] = field(default_factory=list)

    async def answered(self, channel: str, to: str, number: int | None, what: Said, cause: str = "") -> str:
        self.answers.append((channel, to, number, f"{what}{cause}"))
        return "已有人收到"

    def fated(self, reference: str, fate: Fate, why: str = "") -> None:
        self.fates.append((reference, fate, why))


@asynccontextmanager
async def running(channel: Channel) -> AsyncIterator[Heard]:
    """The channel with what goes on beside sending."""
    heard = Heard()
    task = asyncio.create_task(channel.run(heard))
    try:
        await asyncio.sleep(0)
        yield heard
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), "it ended by itself"


async def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for a condition, with a limit."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)
