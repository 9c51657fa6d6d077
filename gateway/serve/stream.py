"""The hub: everyone who watches, told at once about alarms, links and doors, and every 250 ms about the rest.

It implements `gateway.model.Audience`: the road calls it, and it never waits and never fails. While nobody listens a call
costs one look into an empty dictionary. A delta is encoded once for a view and handed to all who watch it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gateway.model import AlarmChanged, LinkSaid, StaleSaid, StrangerSaid
from gateway.serve.instants import iso
from gateway.serve.listener import Listener
from gateway.serve.problems import Problem, unknown
from gateway.serve.standing import Stood
from gateway.serve.strangers import Strangers
from gateway.serve.views import Scope, Views, sees_alarm
from gateway.serve.watched import Watch, Watched, WatchedDevices
from gateway.serve.watching import DevicesWatch, OverviewWatch, frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.model import Alarm, Change, Outcome
    from gateway.serve.layout import Layout

COALESCE_SECONDS = 0.25
TICK_SECONDS = 5.0
LOOK_SECONDS = 1.0
"""How often it is looked whether detectors were missed or heard again, or lockers and chargers are other than they were: nobody
tells of each of thousands."""
LISTENERS = 200
"""How many streams are held open; a compound has fewer screens, and each costs about 60 kB."""


class Hub:
    """See the module. `seq` is the journal's last row at the start, so that a client can ask for what came after it."""

    def __init__(self, views: Views, seq: int = 0) -> None:
        self.views = views
        self.resyncs = 0
        self.messages = 0
        self.seq = seq
        self.strangers = Strangers()
        self._listeners: set[Listener] = set()
        self._watches: dict[tuple[str, Scope], Watch] = {}
        self._watched = WatchedDevices(views)
        self._changed: set[Watch] = set()
        self._flush_at: float | None = None
        self._urgent = False
        self._wake = asyncio.Event()
        self._closed = False
        self._supervised = views.supervising.changes

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    # ------------------------------------------------------------ what the road says

    def values(self, device: str, group: int, changed: tuple[int, ...] | None) -> None:
        """See `Audience.values`."""
        watched = self._watched.get(device)
        if watched is None:
            return
        if changed is None:
            changed = tuple(range(len(self.views.latest.held(device, group).points)))
        points = watched.points
        urgent = not points.urgent[group].isdisjoint(changed)
        for showing in watched.showing:
            showing.values_changed(device, group, changed)
            self._mark(showing, urgent=urgent)
        counted = not points.counted[group].isdisjoint(changed)
        if counted or group in watched.unheard:
            watched.unheard -= {group}
            self._count(watched, urgent=counted)

    def tell(self, outcome: Outcome, seq: int | None) -> None:
        """See `Audience.tell`."""
        match outcome:
            case AlarmChanged():
                self._alarm(outcome, seq)
            case LinkSaid():
                self._link(outcome)
            case StaleSaid():
                self._health([outcome.device], urgent=False)
            case StrangerSaid():
                self.strangers.take(outcome, self.views.now().utc)
            case _:
                pass  # what else is released concerns devices and the log, not who watches

    def recorded_late(self, told: AlarmChanged, seq: int) -> None:
        """An alarm that was told before the disk had it is there now. One that changed meanwhile is told as it is by then."""
        stood = self.views.standing.get(told.alarm.number)
        if stood is not None and stood.alarm is told.alarm:
            self._alarm(told, seq)

    def adopt(self, layout: Layout) -> None:
        """Take a new layout after a reload: everyone starts over from snapshots."""
        self.views.adopt(layout)
        for watch in self._watches.values():
            watch.adopt()
        self._watched.start_over(self._watches.values())
        for listener in self._listeners:
            listener.start_over()

    def _alarm(self, told: AlarmChanged, seq: int | None) -> None:
        self.seq = max(self.seq, seq or 0)
        stood = Stood(told.alarm, recorded=seq is not None)
        self.views.standing.take(told.alarm, recorded=stood.recorded)
        if not self._listeners:
            return
        event = self.alarm_event(told.alarm, told.change, seq)
        for listener in self._listeners:
            if sees_alarm(listener.scope, stood):
                self._put(listener, event, seq or 0)
        for watch in self._watches.values():
            watch.building_changed(told.alarm.place.building)
            if isinstance(watch, OverviewWatch) or watch.name == f"building:{told.alarm.place.building}":
                self._mark(watch, urgent=True)

    def alarm_event(self, alarm: Alarm, change: Change, seq: int | None) -> bytes:
        """An alarm's change as the stream says it."""
        stood = Stood(alarm, recorded=seq is not None)
        return frame("alarm", {"seq": seq, "change": change.value, "alarm": self.views.alarm(stood)}, seq or 0)

    def _link(self, said: LinkSaid) -> None:
        if not self._listeners:
            return
        event = frame(
            "link", {"subject": said.subject, "is_line": said.is_line, "link": said.link.value, "why": said.why}
        )
        for listener in self._listeners:
            if said.is_line or self.views.sees_device(listener.scope, said.subject):
                self._put(listener, event)
        devices = [said.subject]
        if said.is_line:
            devices = [device for device, held in self.views.latest.devices.items() if held.line == said.subject]
            for watch in self._watches.values():
                if isinstance(watch, OverviewWatch):
                    watch.lines_changed()
                    self._mark(watch, urgent=True)
        self._health(devices, urgent=True)

    def _health(self, devices: Sequence[str], *, urgent: bool) -> None:
        for device in devices:
            watched = self._watched.get(device)
            held = self.views.latest.devices.get(device)
            if watched is None or held is None:
                continue
            for showing in watched.showing:
                showing.health_changed(held)
                self._mark(showing, urgent=urgent)
            self._count(watched, urgent=urgent)

    def _count(self, watched: Watched, *, urgent: bool) -> None:
        watches: tuple[Watch, ...] = (*watched.counting, *watched.showing)
        for watch in watches:
            watch.building_changed(watched.building)
            self._mark(watch, urgent=urgent)

    def _look(self) -> None:
        """Find what is other than it was said to be: lockers, charging, the detectors of buildings."""
        for watch in self._watches.values():
            if isinstance(watch, OverviewWatch) and watch.tended_changed():
                self._mark(watch, urgent=True)
        changes = self.views.supervising.changes
        if changes == self._supervised:
            return
        self._supervised = changes
        for watch in self._watches.values():
            if watch.detectors_changed():
                self._mark(watch, urgent=True)

    def _mark(self, watch: Watch, *, urgent: bool) -> None:
        self._changed.add(watch)
        watch.urgent = watch.urgent or urgent
        if urgent and not self._urgent:
            self._urgent = True
            self._wake.set()
        elif self._flush_at is None:
            self._flush_at = asyncio.get_running_loop().time() + COALESCE_SECONDS
            self._wake.set()

    # ------------------------------------------------------------ who watches

    def listen(self, names: Sequence[str], scope: Scope, seq: int | None) -> Listener:
        """Begin to watch; what changes from here on is queued. `seq` is the last row of the log the client has had.

        Raises Problem for a view that does not exist or is not to be seen, and when too many are listening.
        """
        if len(self._listeners) >= LISTENERS:
            raise Problem(503, "too_many_streams", "too many streams are open", headers={"Retry-After": "10"})
        wanted = [self._watch(name, scope) for name in dict.fromkeys(names)]
        listener = Listener(scope, self.seq if seq is None else seq)
        for watch in wanted:
            if not watch.listeners:
                self._watches[watch.name, scope] = watch
                self._watched.add(watch)
            watch.listeners.add(listener)
            listener.watches.append(watch)
        self._listeners.add(listener)
        self._wake.set()
        return listener

    def leave(self, listener: Listener) -> None:
        """End watching."""
        self._listeners.discard(listener)
        for watch in listener.watches:
            watch.listeners.discard(listener)
            if not watch.listeners:
                self._watches.pop((watch.name, watch.scope), None)
                self._changed.discard(watch)
                self._watched.drop(watch)

    def snapshots(self, listener: Listener) -> bytes:
        """A snapshot of each view of a listener; what waits for those who watched before is said to them first."""
        self._look()
        chunks = []
        for watch in listener.watches:
            if watch in self._changed:
                self._say(watch)
            body = {"view": watch.name, "seq": watch.seq, **watch.snapshot()}
            chunks.append(frame("snapshot", body, listener.seq))
        return b"".join(chunks)

    def seq_of(self, name: str, scope: Scope) -> int:
        """The sequence that a view's last delta had; 0 when nobody watches it."""
        watch = self._watches.get((name, scope))
        return watch.seq if watch else 0

    def _watch(self, name: str, scope: Scope) -> Watch:
        known = self._watches.get((name, scope))
        if known is not None:
            return known
        kind, _, subject = name.partition(":")
        if kind == "overview" and not subject:
            return OverviewWatch(self.views, scope)
        if kind == "building" and self.views.sees_building(scope, subject):
            return DevicesWatch(self.views, scope, subject, "")
        if kind == "device" and self.views.sees_device(scope, subject):
            return DevicesWatch(self.views, scope, "", subject)
        raise unknown("view", name)

    # ------------------------------------------------------------ out

    async def run(self) -> None:
        """Write deltas and ticks until closed; sleeps while nobody listens."""
        loop = asyncio.get_running_loop()
        look_at, tick_at = loop.time(), loop.time() + TICK_SECONDS
        while not self._closed:
            if self._listeners:
                due = min(look_at, tick_at)
                await self._pause(due if self._flush_at is None else min(due, self._flush_at))
            else:
                await self._wake.wait()
            self._wake.clear()
            now = loop.time()
            if now >= look_at:
                look_at = now + LOOK_SECONDS
                self._look()
            self._flush(all_of_it=self._flush_at is not None and now >= self._flush_at)
            if now >= tick_at:
                tick_at = now + TICK_SECONDS
                self._tick()

    async def _pause(self, until: float) -> None:
        try:
            async with asyncio.timeout_at(until):
                await self._wake.wait()
        except TimeoutError:
            pass

    def _flush(self, *, all_of_it: bool) -> None:
        due = [watch for watch in self._changed if all_of_it or watch.urgent]
        self._urgent = False
        for watch in due:
            self._say(watch)
        if not self._changed:
            self._flush_at = None

    def _say(self, watch: Watch) -> None:
        """Hand a view's changes to all who watch it."""
        self._changed.discard(watch)
        watch.urgent = False
        watch.seq += 1
        delta = frame("delta", {"view": watch.name, "seq": watch.seq, **watch.delta()})
        for listener in watch.listeners:
            self._put(listener, delta)

    def _put(self, listener: Listener, message: bytes, seq: int = 0) -> None:
        self.messages += 1
        if not listener.put(message, seq):
            self.resyncs += 1

    def _tick(self) -> None:
        now = self.views.now()
        tick = frame("tick", {"now": iso(now.utc), "clock_trusted": now.trusted})
        for listener in self._listeners:
            self._put(listener, tick)

    def close(self) -> None:
        """Let every stream end, and the hub with them."""
        self._closed = True
        self._wake.set()
        for listener in self._listeners:
            listener.close()
