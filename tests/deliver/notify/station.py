"""Escalation and notifier together, with channels that write down what they are given, on a clock that jumps.

The loop's time moves only while nothing has work to do: an hour passes in a blink, and every wait is exact.
"""

from __future__ import annotations

import asyncio
import selectors
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from gateway.deliver.channels.contract import ChannelConfig, ChannelWiring, Kind, Limits, Receipt
from gateway.deliver.notify.notifier import Notifier
from gateway.deliver.notify.wording import Wording
from gateway.duty import Person
from tests.decide.escalation.street import START, Staff, Street

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from gateway.deliver.channels.contract import Channel, Inbound, Message
    from gateway.model import Act, Alarm, HouseSaid, Now, Outcome
    from gateway.notice import Notice, NoticesSaid


class _Jumping(selectors.DefaultSelector):
    loop: JumpingLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout is None:
            raise AssertionError("everything waits, and nothing will ever come")
        if not events and timeout:
            self.loop.jump(timeout)
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is not the world's."""

    def __init__(self) -> None:
        selector = _Jumping()
        self._jumped = 5_000.0
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self._jumped

    def jump(self, seconds: float) -> None:
        self._jumped += max(seconds, 1e-6)


def at_once(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a story on a clock that jumps."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(story())


class Recording:
    """A channel that writes down what it is given; `trouble` is raised instead, while there is any."""

    def __init__(self, config: RecordingConfig) -> None:
        self.id = config.id
        self.kind = Kind(config.way)
        self.group = config.group
        self.hears = config.hears
        self.limits = Limits(config.per_minute, config.reserved, config.per_second, config.longest_bytes)
        self.sent: list[tuple[float, Message]] = []
        self.tried: list[float] = []
        self.hushed: list[str] = []
        self.trouble: Exception | None = None
        self.seconds = 0.05
        self.receipt = Receipt()
        self.inbound: Inbound | None = None

    async def send(self, message: Message) -> Receipt:
        loop = asyncio.get_running_loop()
        self.tried.append(loop.time())
        await asyncio.sleep(self.seconds)
        if self.trouble is not None:
            raise self.trouble
        self.sent.append((loop.time(), message))
        return self.receipt

    async def hush(self, subject: str) -> None:
        self.hushed.append(subject)

    async def run(self, inbound: Inbound) -> None:
        self.inbound = inbound
        await asyncio.Event().wait()

    @property
    def texts(self) -> list[str]:
        return [message.text for _, message in self.sent]


BUILT: dict[str, Recording] = {}
"""The channels of the running test, by id."""


class RecordingConfig(ChannelConfig):
    kind: Literal["recording"] = "recording"
    way: str = "chat"
    group: bool = False
    hears: bool = True
    per_minute: float = 60
    reserved: float = 10
    per_second: float | None = None
    longest_bytes: int = 2048
    there: bool = True

    @property
    def target(self) -> str:
        return "here"

    @property
    def local(self) -> bool:
        return self.there

    def build(self, _wiring: ChannelWiring) -> Channel:
        BUILT[self.id] = channel = Recording(self)
        return channel


CHANNELS = (
    RecordingConfig(id="group", group=True, per_minute=15, reserved=5),
    RecordingConfig(id="sms", way="sms", longest_bytes=500),
    RecordingConfig(id="voice", way="ring", longest_bytes=300),
    RecordingConfig(id="siren", way="ring", group=True, longest_bytes=200),
)


class Directory(Staff):
    """People with names, for answers."""

    def person(self, name: str) -> Person | None:
        return Person(name, f"{name} (name)", self.reach(name), f"{name}-account") if name in self.ways else None

    def by_reach(self, channel: str, to: str) -> str:
        return next((p for p in self.ways for way in self.reach(p) if (way.channel, way.to) == (channel, to)), "")

    def needed_by(self, person: str) -> frozenset[str]:
        return frozenset(g for g, team in self.teams.items() if any(person in several for several in team.values()))


@dataclass
class Station(Street):
    """A street whose notices go out. `configs` are the channels; a commit takes 5 ms."""

    staff: Directory = field(default_factory=Directory)
    configs: tuple[RecordingConfig, ...] = CHANNELS
    house: list[HouseSaid] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    recorded_on_disk: bool = True
    notifier: Notifier | None = None

    @property
    def channels(self) -> dict[str, Recording]:
        return BUILT

    async def __aenter__(self) -> Self:
        self.loop = asyncio.get_running_loop()
        self._begun = self.loop.time()
        self.tasks = asyncio.TaskGroup()
        await self.tasks.__aenter__()
        await self.begin()
        return self

    async def begin(self, waiting: Sequence[Notice] = ()) -> None:
        BUILT.clear()
        self.notifier = Notifier(
            wording=Wording("zh-CN", "幸福里", lambda place: f"{place.building}号楼 {place.name}".strip()),
            staff=self.staff,
            waits_for=self.escalation.waits_for,
            alarm=self._alarm,
            said=self._said,
            say=self.house.append,
            link=lambda _number, _person: "",
        )
        self.notifier.resume(waiting, self.clock().utc)
        await self.notifier.adopt(self.tasks, self.configs, ChannelWiring("c1", self.simulated, self.clock, self))

    async def killed(self) -> None:
        """The process dies where it stands and starts again from its disk."""
        assert self.notifier is not None
        stopping, self.notifier = self.notifier, None
        await stopping.stop()
        self.restart()
        await self.begin(self.waiting)

    async def __aexit__(self, *_: object) -> None:
        if self.notifier is not None:
            await self.notifier.stop()
        await self.tasks.__aexit__(None, None, None)

    def clock(self) -> Now:
        passed = self.loop.time() - self._begun
        return START._replace(boottime_ns=START.boottime_ns + int(passed * 1e9), utc=START.utc + passed)

    async def sleep(self, seconds: float) -> None:
        """Let time pass, with escalation's deadlines on the way."""
        end = self.loop.time() + seconds
        while self.loop.time() < end:
            due = self.escalation.next_ns
            wait = end - self.loop.time()
            if due is not None:
                wait = min(wait, max(0.001, (due - self.clock().boottime_ns) / 1e9))
            await asyncio.sleep(min(wait, 1.0))
            self.now = self.clock()
            self.keep(self.escalation.wake(self.now))

    def keep(self, out: Sequence[Outcome]) -> list[Notice]:
        told = super().keep(out)
        if self.notifier is not None:
            self.loop.call_later(0.005, self._release, self.notifier, list(out))
        return told

    def raise_now(self, *arguments: Any, **named: Any) -> list[Notice]:
        self.now = self.clock()
        return self.commit(self.raised(*arguments, **named))

    def ack_now(self, *arguments: Any) -> None:
        self.now = self.clock()
        self.commit(self.acked(*arguments))

    async def act(self, act: Act, /) -> Sequence[Outcome]:
        self.acts.append(act)
        self.now = self.clock()
        alarm = self._alarm(act.number)  # type: ignore[union-attr] # only acts about alarms come here
        assert alarm is not None
        out = self.escalation.follow(self.book.acked(alarm, act.actor.name, "", self.now), self.now)
        self.keep(out)
        return out

    def line_changed(self, _changed: object, /) -> None:
        raise AssertionError

    def _alarm(self, number: int) -> Alarm | None:
        return self.book.numbered(number)

    def _release(self, notifier: Notifier, out: Sequence[Outcome]) -> None:
        if notifier is self.notifier:  # and not of a process that was killed before it told anybody
            for outcome in out:
                notifier.tell(outcome, 1 if self.recorded_on_disk else None)

    def _said(self, said: NoticesSaid) -> None:
        if self.notifier is not None:
            self.now = self.clock()
            self.keep(self.escalation.said(said, self.now))
