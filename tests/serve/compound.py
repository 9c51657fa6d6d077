"""A small compound behind a real server: real latest values, real journal, real accounts; only the road is a fake."""

from __future__ import annotations

import asyncio
import ssl
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from drivers.contract import (
    PERMITS,
    Command,
    CommandSpec,
    Device,
    Group,
    Kind,
    Link,
    Outcome,
    Pace,
    Point,
    Result,
    Sample,
)
from gateway.actor import Role
from gateway.answering import AnsweringAct
from gateway.auditing import KIND, Audited, TellHead
from gateway.charging import ChargingAct
from gateway.detecting import DetectorAct
from gateway.duty import DutyAct
from gateway.incident import IncidentAct
from gateway.keep.accounts.accounts import Accounts
from gateway.keep.accounts.passwords import Cost
from gateway.keep.accounts.ties import tie_named
from gateway.keep.accounts.users import add_user
from gateway.keep.audit.signing import signer_of
from gateway.keep.export import Export
from gateway.keep.journal import Journal
from gateway.keep.latest import Latest
from gateway.linking import LinkAct
from gateway.model import (
    AckAlarm,
    Alarm,
    AlarmChanged,
    AskCommand,
    Change,
    Ended,
    Entry,
    LinkSaid,
    Now,
    Place,
    Priority,
    Recorded,
    Refused,
    ResetAlarm,
    Send,
)
from gateway.model import Outcome as RoadOutcome
from gateway.numbers import Numbers
from gateway.parcels import ParcelAct
from gateway.privacy import PrivacyAct
from gateway.safety import SafetyAct
from gateway.serve.app import create_app, serve
from gateway.serve.audit.desk import AuditDesk
from gateway.serve.detector_list import DetectorList
from gateway.serve.door_list import DoorList
from gateway.serve.house import House
from gateway.serve.layout import Building, Compound, DevicePlace, DoorPlace, Layout, LinePlace
from gateway.serve.listen import listen
from gateway.serve.page import build_of
from gateway.serve.standing import Standing
from gateway.serve.stream import Hub
from gateway.serve.views import Views
from gateway.works import Works
from tests.serve import answering, assisting, sensing, staffing, tending, working
from tests.serve.doorkeeping import Lodge
from tests.serve.stored import Cellar

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from fastapi import FastAPI

    from drivers.contract import Rejected, Value
    from gateway.keep.export import Stretch
    from gateway.model import Act, LineChanged
    from gateway.serve.house import Octt

BOOT = "0b8e7a5e-test"

DOORS = Group(
    (
        Point("door1.open", Kind.BOOLEAN, meaning="door_open", pace=Pace.FAST, place="door1"),
        Point("door1.forced", Kind.BOOLEAN, meaning="door_forced", pace=Pace.FAST, place="door1"),
        Point("door1.held", Kind.BOOLEAN, meaning="door_held", pace=Pace.FAST, place="door1"),
        Point("supply_voltage", Kind.REAL, unit="V", meaning="supply_voltage"),
    ),
    0.25,
)
SLOW = Group(
    (
        Point("firmware", Kind.TEXT, meaning="firmware", pace=Pace.SLOW),
        Point("door1.unlocked", Kind.BOOLEAN, meaning="door_unlocked", pace=Pace.SLOW, place="door1"),
    ),
    60.0,
)
CALM: tuple[Value, ...] = (False, False, False, 12.1)
OPEN: tuple[Value, ...] = (True, False, False, 12.1)

BUILDINGS = {"b1": Building("1号楼", "g1"), "b2": Building("2号楼", "g2")}
LAYOUT = Layout(
    Compound("happy", "幸福里小区", 240, "zh-CN", simulated=False),
    grids={"g1": "第一网格", "g2": "第二网格"},
    buildings=BUILDINGS,
    devices={
        "b1u1": DevicePlace(Place("b1", "1", "1单元门禁", "g1"), {"door1": "单元大门"}),
        "b1u2": DevicePlace(Place("b1", "2", "2单元门禁", "g1"), {"door1": "单元大门"}),
        "b2u1": DevicePlace(Place("b2", "1", "1单元门禁", "g2"), {"door1": "单元大门"}),
        "gate": DevicePlace(Place("", "", "南门", ""), {"door1": "南门"}),
        **sensing.stands(BUILDINGS),
    },
    lines={
        "north": LinePlace("modbus", "10.0.0.5:502"),
        "south": LinePlace("modbus", "10.0.0.6:502"),
        "air": LinePlace("ble", "10.0.0.7:6053 and 1 more"),
    },
    doors={
        f"{device}/door1": DoorPlace(device, "door1", "单元大门", True, "fail_safe", "物业", "某某门禁公司")
        for device in ("b1u1", "b1u2", "b2u1", "gate")
    },
    detectors=sensing.DETECTORS,
)
TENDED = replace(
    LAYOUT,
    devices={**LAYOUT.devices, **tending.PLACES},
    lines={**LAYOUT.lines, **tending.LINE_PLACES},
    rooms=tending.ROOM_PLACES,
    lockers=tending.LINES["boxes"],
)
"""The same with parcel lockers and charging rooms."""

LINES = {"north": ("b1u1", "b1u2"), "south": ("b2u1", "gate")}

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Unused; without it every client reads all certificates of the machine, for 20 ms."""

CHEAP = Cost(passes=1, kib=8)
"""A hash for tests: the real one takes 0.15 s."""

GRIDS: dict[str, tuple[str, ...]] = {role.value: () for role in Role} | {"bound": ("g1",)}


def device(name: str) -> Device:
    """A two-group controller that takes one command."""
    unlock = CommandSpec("unlock", {"seconds": "s"}, acts_as="unlock", place="door1")
    return Device(name, "acp1-2door", (DOORS, SLOW), (unlock,), (PERMITS,))


def now() -> Now:
    """This moment, with a clock that is believed."""
    return Now(BOOT, time.clock_gettime_ns(time.CLOCK_BOOTTIME), time.time(), trusted=True)


def forced(number: int = 1, **changes: object) -> Alarm:
    """A forced door in building 1."""
    alarm = Alarm(
        number,
        f"door_forced@b1u1/door1.forced#{number}",
        "door_forced",
        "b1u1/door1.forced",
        "b1u1",
        Priority.P2,
        LAYOUT.devices["b1u1"].place,
        active=True,
        acked=False,
        latched=False,
        since_utc=now().utc,
        changed_utc=now().utc,
    )
    return replace(alarm, **changes)  # type: ignore[arg-type]  # a test names fields that exist


@dataclass
class FakeRoad:
    """Judges little, but records in the real journal and releases to the hub in the order of the house."""

    journal: Journal
    latest: Latest
    lodge: Lodge
    watch: sensing.Watch
    tending: tending.Tending
    staffing: staffing.Staffing
    answerer: answering.Answerer
    work: working.Work
    assisting: assisting.Assisting
    acts: list[Act] = field(default_factory=list)
    result: Result = field(default_factory=lambda: Result(Outcome.DONE, {"door1.unlocked": True}))
    refuses: tuple[str, str] | tuple[str, str, tuple[str, ...]] | None = None
    stuck: bool = False
    hub: Hub | None = None

    async def act(self, act: Act, /) -> Sequence[RoadOutcome]:
        """Acknowledge, perform or refuse."""
        self.acts.append(act)
        if self.stuck:
            raise TimeoutError
        if self.refuses is not None:
            return await self.release(Refused(act, *self.refuses))
        if isinstance(act, AskCommand):
            command = Command(len(self.acts), act.device, act.name, act.arguments, 0)
            await self.release(Send(command, act.actor.id, act.reason))
            return await self.release(Ended(command, self.result, act.actor.id))
        if not isinstance(act, AckAlarm | ResetAlarm):
            return await self.release(*self._daily(act))
        stood = self.views.standing.get(act.number)
        assert stood is not None
        if isinstance(act, AckAlarm):
            alarm = replace(stood.alarm, acked=True, acked_by=act.actor.name, note=act.note)
            self.answerer.knows(alarm)
            return await self.release(AlarmChanged(alarm, Change.ACKED, announce=False, actor=act.actor.name))
        alarm = replace(stood.alarm, latched=False, note=act.note)
        return await self.release(AlarmChanged(alarm, Change.RESET, announce=False, actor=act.actor.name))

    def _daily(self, act: Act) -> Sequence[RoadOutcome]:  # noqa: PLR0911 - one return for each part
        """What is asked of the parts of the judgement that this house has."""
        if isinstance(act, DetectorAct):
            return self.watch.act(act, now())
        if isinstance(act, ChargingAct | ParcelAct):
            return self.tending.act(act, now())
        if isinstance(act, DutyAct):
            return self.staffing.act(act, now())
        if isinstance(act, SafetyAct):
            return self.staffing.safety.act(act, now())
        if isinstance(act, AnsweringAct):
            return self.answerer.act(act, now())
        if isinstance(act, IncidentAct):
            return self.work.act(act, now())
        if isinstance(act, PrivacyAct):
            return self.assisting.act(act, now())
        if isinstance(act, Audited):
            return (Recorded(KIND, act.subject, {**act.body, "what": act.what, "reason": act.reason}, act.actor.id),)
        assert not isinstance(act, AckAlarm | ResetAlarm | AskCommand | LinkAct | TellHead)
        return self.lodge.act(act, now())

    def line_changed(self, changed: LineChanged, /) -> None:
        """Nothing here loses lines by itself."""

    @property
    def views(self) -> Views:
        """What the hub shows."""
        assert self.hub is not None
        return self.hub.views

    async def release(self, *outcomes: RoadOutcome) -> Sequence[RoadOutcome]:
        """Commit, then tell."""
        assert self.hub is not None
        moment = now()
        seqs = await self.journal.submit(Entry(moment, outcomes))
        for outcome, seq in zip(outcomes, seqs, strict=True):
            if isinstance(outcome, LinkSaid):
                self.latest.link(outcome.subject, outcome.link, outcome.why, moment.utc, is_line=outcome.is_line)
            self.hub.tell(outcome, seq)
        return outcomes

    async def raise_alarm(self, alarm: Alarm, change: Change = Change.RAISED) -> None:
        """An alarm as the flow would release it."""
        self.answerer.knows(alarm)
        await self.release(AlarmChanged(alarm, change, announce=True))

    def hear(self, name: str, values: tuple[Value, ...] = CALM, group: int = 0) -> None:
        """A sample as the flow would take it."""
        assert self.hub is not None
        changed = self.latest.take(Sample(name, group, values, None, now().boottime_ns))
        if changed:
            self.hub.values(name, group, changed)


@dataclass(frozen=True)
class FlatPlot:
    """Two buckets and a gap."""

    bucket_seconds: float = 60.0
    t: tuple[float, ...] = (1.0, 61.0)
    min: tuple[float | None, ...] = (0.0, None)
    max: tuple[float | None, ...] = (1.0, None)
    mean: tuple[float | None, ...] = (0.5, None)
    last: tuple[float | None, ...] = (1.0, None)
    quality: tuple[str, ...] = ("good", "gap")


@dataclass
class FakePast:
    """Remembers what it was asked."""

    asked: list[tuple[str, str, float, float, int]] = field(default_factory=list)

    async def query(self, device: str, key: str, start: float, end: float, pixels: int) -> FlatPlot:
        """Always the same plot."""
        self.asked.append((device, key, start, end, pixels))
        return FlatPlot()

    def export(self, *stretches: Stretch) -> Export:
        """A file without a row."""

        async def set_aside(_day: int) -> None:
            raise AssertionError

        return Export(Path("/nowhere"), [(stretch, ()) for stretch in stretches], set_aside, lambda _ended: None)


@dataclass
class Town:
    """Everything a test needs."""

    house: House
    app: FastAPI
    road: FakeRoad
    journal: Journal
    past: FakePast
    cellar: Cellar
    lodge: Lodge
    watch: sensing.Watch
    tending: tending.Tending
    staffing: staffing.Staffing
    rejected: dict[str, list[Rejected]]
    accounts: Accounts
    tokens: dict[str, str]
    trouble: list[str]
    url: str = ""
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hub(self) -> Hub:
        """The hub."""
        return self.house.hub

    def client(self, who: str | None = "administrator") -> httpx.AsyncClient:
        """A client with somebody's token, or nobody's."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}"} if who else {}
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=5, verify=NO_TLS)


@asynccontextmanager
async def open_town(
    folder: Path, layout: Layout = LAYOUT, page: Path | None = None, *, hears: bool = True, octt: Octt | None = None
) -> AsyncIterator[Town]:
    """A compound with its journal in a folder, not yet served."""
    latest = Latest()
    for line, names in LINES.items():
        latest.adopt(line, [device(name) for name in names])
    latest.adopt("air", sensing.devices(layout.detectors))
    for line in tending.LINES.keys() & layout.lines.keys():
        latest.adopt(line, tending.devices(line))
    async with Journal.open(folder, now()) as journal:
        accounts = Accounts(journal.source, now, CHEAP)
        reader = journal.reader()
        connection = journal.connect()
        connection.execute("PRAGMA synchronous=OFF")  # seven users for each test need not survive a power cut
        try:
            tokens = {
                name: add_user(connection, name, Role(name) if name != "bound" else Role.STAFF, grids, now(), "test")
                for name, grids in GRIDS.items()
            }
            tie_named(connection, "zhang", "staff", now(), "test")
            lodge = Lodge(layout, now())
            watch = sensing.Watch(layout, now())
            tended = tending.Tending(now())
            staff = staffing.Staffing(now())
            answerer = answering.Answerer(layout, now())
            work = working.Work(staff.people, folder, now())
            assists = assisting.Assisting(layout, lodge, work)
            road, past = FakeRoad(journal, latest, lodge, watch, tended, staff, answerer, work, assists), FakePast()
            cellar, keeper = Cellar(), lodge.keeper()
            views = Views(
                latest, layout, Standing(), now, lambda: journal.recorded, watch, tended, tended, build_of(page)
            )
            road.hub = Hub(views, await reader.last_seq())
            detector_keeper = watch.keeper(reader.about)
            trouble: list[str] = []
            rejected: dict[str, list[Rejected]] = {}
            house = House(
                road=road,
                latest=latest,
                records=reader,
                accounts=accounts,
                past=past,
                stores=cellar.stores(journal),
                hub=road.hub,
                numbers=Numbers(),
                now=now,
                trouble=lambda: trouble,
                statistics=lambda line: {"late": 3.0} if line == "north" else {},
                device_statistics=lambda line: {"b1u1": {"missed": 2.0}} if line == "north" else {},
                keeper=keeper,
                doors=DoorList(views, keeper),
                detector_keeper=detector_keeper,
                detectors=DetectorList(views, detector_keeper),
                rejected=lambda line: rejected.get(line, ()),
                answering=answerer.keeper(),
                octt=octt,
                duty=staff.keeper(),
                safety=staff.safety,
                incidents=work.desk(),
                privacy=assists.desk(folder, journal, now),
                audit=AuditDesk(journal.source, reader, signer_of(folder), Works(), now),
                page=page,
                version="0.0.test",
            )
            town = Town(
                house,
                create_app(house),
                road,
                journal,
                past,
                cellar,
                lodge,
                watch,
                tended,
                staff,
                rejected,
                accounts,
                tokens,
                trouble,
            )
            if hears:
                await all_heard(town)
            yield town
        finally:
            connection.close()
            reader.close()
            accounts.close()


async def until(fact: Callable[[], object]) -> None:
    """Wait until a fact holds, for three seconds at most."""
    async with asyncio.timeout(3):
        while not fact():
            await asyncio.sleep(0.005)


async def all_heard(town: Town) -> None:
    """Every line and device is up and was heard, and every door is closed."""
    lines = [LinkSaid(line, is_line=True, link=Link.UP, why="") for line in (*LINES, "air")]
    heard = [name for names in (*LINES.values(), sensing.RECEIVERS) for name in names]
    devices = [LinkSaid(name, is_line=False, link=Link.UP, why="") for name in heard]
    await town.road.release(*lines, *devices)
    for names in LINES.values():
        for name in names:
            town.road.hear(name)
            town.road.hear(name, ("2.1.0", False), group=1)
    for name in sensing.RECEIVERS:
        town.road.hear(name, (12.5, 6))


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[Town]:
    """The compound behind a real server on a free port."""
    listening = listen("127.0.0.1:0")
    town.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    task = asyncio.create_task(serve(town.app, town.hub, listening, town.stop))
    try:
        yield town
    finally:
        town.stop.set()
        async with asyncio.timeout(5):
            await task
