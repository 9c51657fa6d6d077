"""Two parcel lockers at two buildings, those who come to them, and a fire panel: for tests of what is judged about lockers.

locker1 at b1: c1 c2 c3 small, c4 medium, c5 c6 large         locker2 at b2: the same         panel at b1: `panel/fire`
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from drivers.contract import Answer, DeviceEvent, Fault, Link, LinkChanged, Quality, Question, Sample
from gateway.actor import Actor, Role
from gateway.decide.fires.table import FireRules, Row
from gateway.decide.rules import (
    FACTS,
    CommandRules,
    CompartmentRules,
    DeviceRules,
    GroupRules,
    LockerRules,
    Rule,
    Rules,
    Watched,
)
from gateway.model import NANOSECONDS, Answered, AskCommand, Place, Priority, Refused, Send
from gateway.parcels import (
    CancelReservation,
    CompartmentState,
    ConfirmOpenAll,
    OpenAll,
    ReserveCompartment,
    ResetCompartment,
    ServiceCompartment,
)
from tests.decide.bench_of_rules import Trial

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.contract import Json
    from gateway.decide.lockers.compartment import Compartment
    from gateway.decide.lockers.lockers import Lockers
    from gateway.model import Act, Outcome

SIZES = {"c1": "s", "c2": "s", "c3": "s", "c4": "m", "c5": "l", "c6": "l"}
CODE, OTHER_CODE = "11112222aaaabbbb", "99998888ffffeeee"
WANG = Actor("u1", "王芳", Role.STAFF)
LI = Actor("u2", "李伟", Role.STAFF)
VIEWER = Actor("u3", "看客", Role.VIEWER)
OF_G2 = Actor("u4", "赵敏", Role.STAFF, frozenset({"g2"}))
LATCHING = ("compartment_forced", "compartment_jammed", "codes_tried")
FACT_RULES = {name: Rule(name, Priority.P3, latching=name in LATCHING) for name in FACTS}

LOCKER_RULES = LockerRules()
PANEL = Row("fire_panel", ("fire",), release=True, freeze_lockers=True)


def cabinet(building: str, *, with_occupancy: bool = True, sizes: dict[str, str] = SIZES) -> DeviceRules:
    """A parcel locker: group 0 for itself, then one for each compartment."""
    place = Place(building, "", "快递柜", building.replace("b", "g"))
    meanings = ("compartment_open", "compartment_occupied", "compartment_fault")
    compartments = {
        part: CompartmentRules(
            part,
            Place(place.building, "", f"快递柜 {part}", place.grid),
            size,
            {
                meaning: (number, index)
                for index, meaning in enumerate(meanings)
                if with_occupancy or meaning != "compartment_occupied"
            },
        )
        for number, (part, size) in enumerate(sizes.items(), start=1)
    }
    return DeviceRules(
        "mqtt",
        place,
        tuple(GroupRules((), 90.0) for _ in range(len(sizes) + 1)),
        {f"{part}.open": CommandRules("open_compartment", part) for part in sizes},
        points={"cabinet_flooded": (0, 0)},
        compartments=compartments,
    )


def hall(*, with_occupancy: bool = True, lockers: LockerRules = LOCKER_RULES) -> Rules:
    """The rules of the two cabinets and the panel."""
    fire = Rule("fire", Priority.P1, latching=True, releases=True)
    home = Place("b1", "", "火警", "g1")
    panel = DeviceRules("mqtt", home, (GroupRules((Watched(0, "panel/fire", home, (fire,)),), None),))
    cabinets = {f"locker{n}": cabinet(f"b{n}", with_occupancy=with_occupancy) for n in (1, 2)}
    return Rules(
        FACT_RULES, {"mqtt": Place()}, {**cabinets, "panel": panel}, lockers=lockers, fires=FireRules((PANEL,))
    )


@dataclass
class Hall(Trial):
    """A trial in which both cabinets are up, and show that all their compartments are closed and empty."""

    rules: Rules = field(default_factory=hall)

    def __post_init__(self) -> None:
        self.shows: dict[str, tuple[bool, bool, bool]] = {}
        self._sequence = count(1)
        self._samples: dict[str, Sample] = {}
        super().__post_init__()
        self.up()
        for name in ("locker1", "locker2"):
            self.take(Sample(name, 0, (False,), None, self.now.boottime_ns))
            for part in SIZES:
                self.show(f"{name}/{part}")

    # ------------------------------------------------------------ what cabinets do

    def up(self, *names: str) -> None:
        for name in names or ("locker1", "locker2"):
            self.take(LinkChanged(name, Link.UP, "", self.now.boottime_ns))

    def down(self, name: str = "locker1") -> None:
        self.take(LinkChanged(name, Link.LOST, "no word", self.now.boottime_ns))

    def show(
        self,
        key: str,
        *,
        door: bool | None = None,
        full: bool | None = None,
        fault: bool | None = None,
        unsure: Iterable[int] = (),
    ) -> list[Outcome]:
        """A compartment shows these changes; without any it says the same again."""
        old = self.shows.get(key, (False, False, False))
        new = tuple(was if value is None else value for was, value in zip(old, (door, full, fault), strict=True))
        self.shows[key] = new  # type: ignore[assignment]  # three booleans as before
        name, part = key.split("/")
        faults = tuple(Fault(Quality.BAD, "no answer") if n in set(unsure) else None for n in range(3))
        number = list(SIZES).index(part) + 1
        return self.take(Sample(name, number, new, faults if any(faults) else None, self.now.boottime_ns))

    def shows_water(self, name: str) -> None:
        self.take(Sample(name, 0, (True,), None, self.now.boottime_ns))

    def show_all(self) -> None:
        """Everything is said again, as after an outage."""
        for key in self.shows:
            self.show(key)

    def live(self, seconds: float, every: float = 60.0) -> None:
        """Time passes in leaps, after each of which everything is said again; woken once for each leap."""
        while seconds > 0:
            self._move(self.now.boottime_ns + int(min(every, seconds) * NANOSECONDS))
            seconds -= every
            self._keep(self.judge.wake(self.now))
            self.show_all()

    def event(self, key: str, kind: str, *, measured_utc: float | None = None, **body: Json) -> list[Outcome]:
        """A cabinet reports something about a compartment."""
        name, part = key.split("/")
        number = next(self._sequence)
        return self.take(
            DeviceEvent(name, "1", number, kind, {"part": part, **body}, self.now.boottime_ns, measured_utc)
        )

    def opened(self, key: str, by: str) -> list[Outcome]:
        return self.event(key, "compartment_opened", by=by)

    def stored(self, key: str, code: str = CODE, measured_utc: float | None = None) -> list[Outcome]:
        return self.event(key, "parcel_stored", code=code, measured_utc=measured_utc)

    # ------------------------------------------------------------ what people do

    def ask(self, kind: str, name: str = "locker1", **body: Json) -> Answer:
        out = self.take(Question(name, kind, body, self.now.boottime_ns))
        (answer,) = [outcome.answer for outcome in out if isinstance(outcome, Answered)]
        return answer

    def pick_up(self, code: str = CODE, name: str = "locker1") -> str:
        """Type a code: the part that opens, or why none does."""
        return word_of(self.ask("pickup", name, code=code))

    def deliver(self, size: str = "s", order: str = "", name: str = "locker1") -> str:
        """A courier asks: the part that opens, or why none does."""
        return word_of(self.ask("deliver", name, size=size, order=order))

    def do(self, act: Act) -> str:
        """A person asks for something: the code of the refusal, "" when it was done."""
        return next((outcome.code for outcome in self.take(act) if isinstance(outcome, Refused)), "")

    def open(self, key: str, actor: Actor = WANG) -> str:
        """A person opens a compartment from afar."""
        name, part = key.split("/")
        return self.do(AskCommand(actor, name, f"{part}.open", {}, "resident called"))

    def reserve(self, size: str = "s", order: str = "SF1", actor: Actor = WANG) -> str:
        return self.do(ReserveCompartment(actor, "locker1", size, order))

    def cancel(self, part: str) -> str:
        return self.do(CancelReservation(WANG, "locker1", part))

    def reset(self, part: str, note: str = "looked at it") -> str:
        return self.do(ResetCompartment(WANG, "locker1", part, note))

    def service(self, part: str, *, out: bool, reason: str = "hinge") -> str:
        return self.do(ServiceCompartment(WANG, "locker1", part, out, reason))

    def open_all(self, actor: Actor = WANG, reason: str = "flood") -> str:
        return self.do(OpenAll(actor, "locker1", reason))

    def confirm(self, actor: Actor = LI) -> str:
        return self.do(ConfirmOpenAll(actor, "locker1"))

    def fire(self, *, on: bool = True) -> list[Outcome]:
        return self.take(Sample("panel", 0, (on,), None, self.now.boottime_ns))

    # ------------------------------------------------------------ ways to a state

    def bring(self, key: str = "locker1/c1", code: str = CODE) -> None:
        """A parcel is brought, with that code; six seconds pass."""
        name, part = key.split("/")
        assert self.deliver(SIZES[part], name=name) == part
        self.opened(key, "delivery")
        self.show(key, door=True)
        self.show(key, full=True)
        self.show(key, door=False)
        self.stored(key, code)
        self.wait(6)

    # ------------------------------------------------------------ reading

    @property
    def lockers(self) -> Lockers:
        return self.judge.lockers

    def c(self, key: str = "locker1/c1") -> Compartment:
        return self.lockers.compartments[key]

    def state(self, key: str = "locker1/c1") -> str:
        return self.c(key).state.value

    @property
    def sent(self) -> list[str]:
        """The compartments of the commands that went out, in order."""
        return [f"{o.command.device}/{o.command.name.removesuffix('.open')}" for o in self.said if isinstance(o, Send)]

    def standing(self, rule: str) -> dict[str, str]:
        """The alarms of a rule that are not normal: their state by source."""
        return {alarm.source: alarm.state.value for alarm in self.judge.alarms if alarm.rule == rule}


def word_of(answer: Answer) -> str:
    """The part that an allowed answer opens, or the code of a refusal; each refusal has a sentence."""
    assert answer.allowed or answer.why
    found = answer.body["part" if answer.allowed else "code"]
    assert isinstance(found, str)
    return found


STATES = tuple(state.value for state in CompartmentState)
