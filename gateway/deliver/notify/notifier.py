"""The notifier: takes what the road releases for people, and gives it to the channels. It never waits and never fails.

Every notice is on disk before it comes here, and what becomes of it goes back down the road; whatever a kill interrupts is
taken up again from there.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from gateway.decide.rules import CHANNEL_FAILING
from gateway.deliver.notify.answers import Answers, Inlet
from gateway.deliver.notify.lane import ChannelStanding, Lane
from gateway.deliver.outlet import State
from gateway.deliver.outlets import keep_running
from gateway.model import AlarmChanged, AlarmState, HouseSaid, Priority, Suppression
from gateway.notice import Fate, Noticed, NoticesSaid, Notify

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from gateway.deliver.channels.contract import ChannelConfig, ChannelWiring, Message
    from gateway.deliver.notify.answers import Staff
    from gateway.deliver.notify.queues import Parcel
    from gateway.deliver.notify.wording import Wording
    from gateway.model import Alarm, Outcome
    from gateway.notice import Notice

LATE_SECONDS = 600.0
"""What is no P1 and older than this when it could first be told goes into one summary: nobody wants a replay."""

CLEARED = "cleared"
"""The kind of what is said once it is over."""

_ALARM = "alarm:"


class _Running:
    def __init__(self, config: ChannelConfig, lane: Lane, tasks: Sequence[asyncio.Task[None]]) -> None:
        self.config = config
        self.lane = lane
        self.tasks = tasks


class Notifier:
    """An `Audience`. `said` and `say` lead back down the road; `waits_for` and `alarm` are asked for answers in a chat.

    `link` gives the address of a page that answers an alarm for a person, "" where there is none.
    """

    def __init__(
        self,
        *,
        wording: Wording,
        staff: Staff,
        waits_for: Callable[[str], tuple[int, ...]],
        alarm: Callable[[int], Alarm | None],
        said: Callable[[NoticesSaid], None],
        say: Callable[[HouseSaid], None],
        link: Callable[[int, str], str],
    ) -> None:
        self._wording = wording
        self._staff = staff
        self._waits_for = waits_for
        self._alarm = alarm
        self._said = said
        self._say = say
        self._link = link
        self._running: dict[str, _Running] = {}
        self._muted: dict[str, ChannelStanding] = {}
        """Channels that lead out of the box of a simulated compound."""
        self._early: list[Notice] | None = []
        """What came before there were channels."""
        self._obsolete: list[int] = []
        """What an earlier run left unsent and was answered meanwhile."""
        self._failing: dict[str, bool] = {}
        self._configs: Sequence[ChannelConfig] = ()

    def __iter__(self) -> Iterator[ChannelStanding]:
        """How each channel is doing, in the order of the configuration."""
        for config in self._configs:
            muted = self._muted.get(config.id)
            yield self._running[config.id].lane.standing if muted is None else muted

    # ------------------------------------------------------------ what the road releases

    def values(self, device: str, group: int, changed: tuple[int, ...] | None) -> None:
        """Values are told to nobody."""

    def tell(self, outcome: Outcome, seq: int | None) -> None:
        """Take a notice, or that some need not go out any more."""
        match outcome:
            case Notify(notice):
                facts = notice.facts if seq is not None else {**notice.facts, "unrecorded": True}
                self._take(replace(notice, facts=facts))
            case Noticed(numbers, Fate.WITHDRAWN):
                self._withdraw_numbers(numbers)
            case AlarmChanged(alarm):
                if _answered(alarm):
                    self._over(f"{_ALARM}{alarm.number}")

    def resume(self, waiting: Iterable[Notice], utc: float) -> None:
        """Take up what an earlier run left on disk unsent. Before the road moves: nothing of it was told here yet.

        Each is withdrawn with its alarm's answer; one that a damaged journal forgot to withdraw is withdrawn here.
        """
        for notice in waiting:
            if not self._waits(notice):
                self._obsolete.append(notice.number)
                continue
            if notice.priority is not Priority.P1 and utc - notice.made_utc > LATE_SECONDS:
                notice = replace(notice, facts={**notice.facts, "late": True})  # noqa: PLW2901 - the same one, marked
            self._take(notice)

    def _take(self, notice: Notice) -> None:
        if self._early is not None:
            self._early.append(notice)
        elif (running := self._running.get(notice.channel)) is not None:
            (running.lane.miss if notice.facts.get("late") else running.lane.push)(notice)
        else:
            fate = Fate.WITHDRAWN if notice.channel in self._muted else Fate.FAILED
            why = "simulated" if notice.channel in self._muted else "there is no such channel"
            asyncio.get_running_loop().call_soon(self._told, (notice.number,), fate, why)

    def _waits(self, notice: Notice) -> bool:
        """Whether anybody still has to hear of it."""
        if not notice.subject.startswith(_ALARM) or notice.kind == CLEARED:
            return True
        alarm = self._alarm(int(notice.subject.removeprefix(_ALARM)))
        return alarm is not None and not _answered(alarm)

    def _withdraw(self, gone: Callable[[Notice], bool]) -> None:
        if self._early is not None:
            self._early = [notice for notice in self._early if not gone(notice)]
        for running in self._running.values():
            running.lane.withdraw(gone)

    def _withdraw_numbers(self, numbers: Collection[int]) -> None:
        if self._early is not None:
            self._early = [notice for notice in self._early if notice.number not in numbers]
        for running in self._running.values():
            running.lane.withdraw_numbers(numbers)

    def _over(self, subject: str) -> None:
        """Nobody need hear of it any more but that it is over."""
        self._withdraw(lambda notice: notice.subject == subject and notice.kind != CLEARED)
        for running in self._running.values():
            running.lane.hush(subject)

    # ------------------------------------------------------------ channels

    async def adopt(self, tasks: asyncio.TaskGroup, configs: Sequence[ChannelConfig], wiring: ChannelWiring) -> None:
        """Run these channels: what stayed as it was goes on undisturbed, what is gone gives back what waits for it."""
        self._wiring = wiring
        self._configs = tuple(configs)
        wanted = {config.id: config for config in configs}
        for name in [name for name, running in self._running.items() if wanted.get(name) != running.config]:
            await self._end(name)
        self._muted = {}
        for config in configs:
            if wiring.simulated and not (config.local or config.allow_simulated):
                self._muted[config.id] = _standing(config, "")
                self._muted[config.id].why = "simulated"
            elif config.id not in self._running:
                self._begin(tasks, config)
        early, self._early = self._early or [], None
        for notice in early:
            self._take(notice)
        if self._obsolete:
            self._told(self._obsolete, Fate.WITHDRAWN, "answered")
            self._obsolete = []

    async def stop(self) -> None:
        """End all channels; what did not go out waits on disk."""
        tasks = [task for running in self._running.values() for task in running.tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(self, tasks: asyncio.TaskGroup, config: ChannelConfig) -> None:
        channel = config.build(self._wiring)
        standing = _standing(config, channel.kind.value)
        answers = Answers(self._staff, self._waits_for, self._alarm, self._wiring.road, self._wording)
        inlet = Inlet(answers, self._told)
        lane = Lane(
            channel,
            standing,
            compose=lambda parcel: self._message(parcel, lane),
            told=self._told,
            failing=partial(self._fails, config.id),
            refer=inlet.refer,
            utc=lambda: self._wiring.clock().utc,
        )
        stopped = partial(_stopped, standing)
        sending = tasks.create_task(
            keep_running(lane.run, f"channel {config.id}", stopped), name=f"channel {config.id}"
        )
        hearing = keep_running(lambda: channel.run(inlet), f"answers of {config.id}", stopped)
        listening = tasks.create_task(hearing, name=f"answers of {config.id}")
        self._running[config.id] = _Running(config, lane, (sending, listening))

    async def _end(self, name: str) -> None:
        running = self._running.pop(name)
        for task in running.tasks:
            task.cancel()
        await asyncio.wait(running.tasks)
        self._early = [*(self._early or ()), *running.lane.queues.drain()]

    # ------------------------------------------------------------ what channels say

    def _message(self, parcel: Parcel, lane: Lane) -> Message | None:
        return self._wording.message(parcel, lane.channel, self._staff.reach, self._link)

    def _told(self, numbers: Collection[int], fate: Fate, why: str) -> None:
        self._said(NoticesSaid(tuple(numbers), fate, why, self._wiring.clock().utc))

    def _fails(self, channel: str, why: str) -> None:
        """Say it once, and once that it works again."""
        if self._failing.get(channel, False) is not bool(why):
            self._failing[channel] = bool(why)
            self._say(HouseSaid(CHANNEL_FAILING, channel, abnormal=bool(why), why=why))


def _answered(alarm: Alarm) -> bool:
    """Whether nobody has to be told of it any more."""
    return alarm.acked or alarm.state is AlarmState.NORMAL or alarm.suppression is not Suppression.NONE


def _standing(config: ChannelConfig, way: str) -> ChannelStanding:
    return ChannelStanding(config.id, config.kind, config.target, way)


def _stopped(standing: ChannelStanding, bug: Exception) -> None:
    standing.state, standing.why = State.FAILING, f"it stopped and is started again: {bug!r}"
