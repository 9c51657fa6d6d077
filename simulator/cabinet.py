"""A parcel locker as a machine: sixty compartments with doors, solenoids, light barriers and a terminal (docs/mqtt-devices.md).

Pure: the time is passed in, and what it says goes to a `Mouth`. People act on it through `put`, `take` and `close`, and type
at its terminal with `ask`. It decides nothing: it opens a door when it is told to, or when a question of its own is allowed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Final, Protocol

from simulator.mqtt_device import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from simulator.agenda import Agenda
    from simulator.mqtt_device import Body

SIZES: Final = "s" * 36 + "m" * 16 + "l" * 8
"""The sizes of its compartments, from c01 on."""

STATE_SECONDS: Final = 60.0
SWING_SECONDS: Final = (0.25, 0.5)
"""From the pulse of the solenoid until the door's switch shows that it is open: a spring pushes it."""

CODE_DIGITS: Final = 6


class Mouth(Protocol):
    """What a cabinet speaks with; `mqtt_device.MqttDevice` is one."""

    def say(self, stream: Stream, data: Body, now: float) -> str:
        """Say something; returns its id, "" where it could not be said."""
        ...


@dataclass(slots=True)
class Compartment:
    """A compartment: what its switch and its light barrier show, and what is wrong with it.

    `stored_at` is when the parcel in it was put there, and `code` opens it; `told` that whoever is in charge knows of it.
    """

    size: str
    open: bool = False
    occupied: bool = False
    fault: bool = False
    jammed: bool = False
    code: str = ""
    stored_at: float = 0.0
    told: bool = False


class Cabinet:
    """A locker called `id` that does what is due by the `agenda`. It is silent until it is given a mouth with `fit`."""

    def __init__(self, id_: str, seed: int, agenda: Agenda, now: float) -> None:
        self.id = id_
        self.mains, self.water = True, False
        self.compartments = {f"c{number:02}": Compartment(size) for number, size in enumerate(SIZES, start=1)}
        self._dice = Random(f"cabinet {seed} {id_}")
        self._agenda = agenda
        self._mouth: Mouth | None = None
        self._answered_to: Callable[[str, Body, float], None] = _nobody
        self._asked: dict[str, str] = {}
        """What was asked, "pickup" or "deliver", by the id of the question."""
        self._greeted = False
        self._opened_by: dict[str, str] = {}
        self._state_at = now + STATE_SECONDS * self._dice.random()
        agenda.plan(self._state_at, self._repeat)

    def fit(self, mouth: Mouth, answered_to: Callable[[str, Body, float], None]) -> None:
        """Give it a mouth, and somebody who hears with each answer the id of the question."""
        self._mouth, self._answered_to = mouth, answered_to

    # ------------------------------------------------------------ the network

    def born(self, now: float) -> None:
        """Say the whole state."""
        self._tell_state(now)

    def ordered(self, order: Body, now: float) -> str:
        """Open a compartment; "" when its solenoid was pulsed, which does not mean that the door moved."""
        self._greet(now)
        part = order.get("c")
        if order.get("cmd") != "open":
            return "unknown order"
        if not isinstance(part, str) or part not in self.compartments:
            return "no such compartment"
        if not self.mains:
            return "no power"
        self._pulse(part, "command", now)
        return ""

    def answered(self, answer: Body, now: float) -> None:
        """An allowed answer to a question of the terminal is the order to open that compartment."""
        question = str(answer.get("re"))
        what = self._asked.pop(question, None)
        if what is None:
            return  # an answer that came twice, or to somebody else
        self._greet(now)
        part = answer.get("c")
        if answer.get("ok") is True and isinstance(part, str) and part in self.compartments and self.mains:
            self._pulse(part, "delivery" if what == "deliver" else "code", now)
        self._answered_to(question, answer, now)

    def ask(self, question: Body, now: float) -> str:
        """Type at the terminal; returns the question's id, "" when the terminal shows that the network is away."""
        id_ = self._say(Stream.ASK, question, now) if self.mains else ""
        if id_:
            self._asked[id_] = str(question["ask"])
        return id_

    def forget(self, question: str) -> None:
        """Nobody waits for the answer any longer: it opens nothing."""
        self._asked.pop(question, None)

    # ------------------------------------------------------------ hands

    def put(self, part: str, now: float) -> None:
        """Lay a parcel into an open compartment."""
        compartment = self.compartments[part]
        if compartment.open:
            compartment.occupied = True
            compartment.stored_at = now
            self._tell_state(now)

    def take(self, part: str, now: float) -> None:
        """Take what lies in an open compartment."""
        compartment = self.compartments[part]
        if compartment.open and not compartment.fault:  # a dirty light barrier goes on seeing something
            compartment.occupied = False
            self._tell_state(now)

    def close(self, part: str, now: float) -> bool:
        """Close a door. After a delivery the parcel gets its code; after a pick-up it is gone. False: it is closed."""
        compartment = self.compartments[part]
        if not compartment.open:
            return False
        compartment.open = False
        by = self._opened_by.pop(part, "")
        self._tell_state(now)
        if compartment.occupied and by == "delivery":
            compartment.code = f"{self._dice.randrange(10**CODE_DIGITS):0{CODE_DIGITS}}"
            self._tell_stored(part, now)
        elif not compartment.occupied and compartment.code:
            compartment.code = ""
            self._say(Stream.EVENT, {"e": "taken", "c": part}, now)
        return True

    def swing_open(self, part: str, by: str, now: float) -> bool:
        """Open a door without its solenoid: by "force" or with the "key". False: it is open."""
        if self.compartments[part].open:
            return False
        self._swing(part, by, now)
        return True

    def stock(self, part: str, stored_at: float) -> None:
        """There is a parcel in it since then; whoever is in charge learns of it when he first speaks to the cabinet."""
        compartment = self.compartments[part]
        compartment.occupied, compartment.stored_at, compartment.told = True, stored_at, False
        compartment.code = f"{self._dice.randrange(10**CODE_DIGITS):0{CODE_DIGITS}}"

    def tell_stock(self, part: str, now: float) -> None:
        """Say of a parcel that it is there, with the time since when."""
        self._tell_state(now)
        self._tell_stored(part, self.compartments[part].stored_at)

    # ------------------------------------------------------------ what is wrong with it

    def changed(self, now: float) -> None:
        """Somebody changed something about it: say so."""
        self._tell_state(now)

    def state(self) -> Mapping[str, Any]:
        """How many compartments are how."""
        all_ = self.compartments.values()
        return {
            "open": [part for part, one in self.compartments.items() if one.open],
            "occupied": sum(one.occupied for one in all_),
            "jammed": [part for part, one in self.compartments.items() if one.jammed],
            "fault": [part for part, one in self.compartments.items() if one.fault],
        }

    # ------------------------------------------------------------ inside

    def _pulse(self, part: str, by: str, now: float) -> None:
        compartment = self.compartments[part]
        if not compartment.jammed and not compartment.open:
            self._agenda.plan(now + self._dice.uniform(*SWING_SECONDS), partial(self._swing, part, by))

    def _swing(self, part: str, by: str, now: float) -> None:
        compartment = self.compartments[part]
        if compartment.open:
            return
        compartment.open = True
        self._opened_by[part] = by
        self._say(Stream.EVENT, {"e": "opened", "c": part, "by": by}, now)
        self._tell_state(now)

    def _greet(self, now: float) -> None:
        """Somebody in charge is there for the first time: he learns of the parcels of before."""
        if self._greeted:
            return
        self._greeted = True
        for part, compartment in self.compartments.items():
            if compartment.code and not compartment.told:
                self._tell_stored(part, compartment.stored_at or now)

    def _tell_stored(self, part: str, at: float) -> None:
        compartment = self.compartments[part]
        compartment.told = True
        self._say(Stream.EVENT, {"e": "stored", "c": part, "code": compartment.code}, at)

    def _repeat(self, now: float) -> None:
        """Say the state once a minute, unless it was said meanwhile."""
        if now >= self._state_at:
            self._tell_state(now)
        self._agenda.plan(self._state_at, self._repeat)

    def _tell_state(self, now: float) -> None:
        self._state_at = now + STATE_SECONDS
        parts = {part: [int(one.open), int(one.occupied), int(one.fault)] for part, one in self.compartments.items()}
        warmth = round(22 + self._dice.uniform(0, 3), 1)
        self._say(Stream.STATE, {"temp": warmth, "mains": self.mains, "water": self.water, "c": parts}, now)

    def _say(self, stream: Stream, data: Body, now: float) -> str:
        return self._mouth.say(stream, data, now) if self._mouth is not None else ""


def _nobody(_question: str, _answer: Body, _now: float) -> None:
    """Nobody stands before it."""
