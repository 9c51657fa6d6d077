"""The book of commands that were sent: what a door's own report of an unlock is held against.

Each command is remembered under its id, the oldest are forgotten beyond `LEDGER_SIZE`. From it come also the refusal of a
request that was done already, and the rates.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.model import NANOSECONDS, Now, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import DeviceEvent, Json

LEDGER_SIZE = 1_000
"""A hundred times what one person may unlock in an hour; about 200 kB in the journal."""

ECHO_SECONDS = 300.0
"""A door reports an unlock with the command's id within this of the sending, by its clock or by ours when the report came: a
controller that was out of reach meanwhile reports late, with the right time."""

_SENT = "sent:"
_NUMBER = "command_number"
_SINCE = "ledger_since"


@dataclass(frozen=True, slots=True)
class Sent:
    """A command that was sent. `person` is the actor's id; `echoed`: its door has reported it."""

    number: int
    device: str
    part: str
    acts_as: str
    person: str
    request: str
    at: Now
    echoed: bool = False

    def to_json(self) -> Json:
        """As decide remembers it."""
        return [self.device, self.part, self.acts_as, self.person, self.request, list(self.at), self.echoed]

    @classmethod
    def from_json(cls, number: int, body: Json) -> Sent:
        """The inverse of `to_json`."""
        device, part, acts_as, person, request, at, echoed = body
        return cls(number, device, part, acts_as, person, request, Now(*at), echoed)


class Ledger:
    """What was sent, oldest first."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        numbers = sorted(int(key.removeprefix(_SENT)) for key in remembered if key.startswith(_SENT))
        self._sent = {number: Sent.from_json(number, remembered[f"{_SENT}{number}"]) for number in numbers}
        # a rescued journal may have lost the next number
        self._next: int = max(remembered.get(_NUMBER, 1), _after(numbers[-1]) if numbers else 1)
        self._since_utc: float | None = remembered.get(_SINCE)

    def begin(self, now: Now) -> list[Outcome]:
        """The book is opened once, as soon as the clock is believed: what doors did before that is history."""
        if self._since_utc is not None or not now.trusted:
            return []
        self._since_utc = now.utc
        return [Remember(_SINCE, now.utc)]

    def enter(
        self, device: str, part: str, acts_as: str, person: str, request: str, now: Now
    ) -> tuple[int, list[Outcome]]:
        """The id of a command that is sent now, and what must be remembered of it."""
        number, self._next = self._next, _after(self._next)
        sent = self._sent[number] = Sent(number, device, part, acts_as, person, request, now)
        out: list[Outcome] = [Remember(_NUMBER, self._next), Remember(f"{_SENT}{number}", sent.to_json())]
        while len(self._sent) > LEDGER_SIZE:
            oldest = next(iter(self._sent))
            del self._sent[oldest]
            out.append(Remember(f"{_SENT}{oldest}", None))
        return number, out

    def requested(self, person: str, request: str) -> bool:
        """Whether that wish of that person was sent already."""
        return bool(request) and any(sent.request == request and sent.person == person for sent in self._sent.values())

    def worked(self, device: str, part: str, within_ns: int, now: Now) -> bool:
        """Whether that part was worked in the last so many nanoseconds."""
        return any(
            sent.device == device and sent.part == part and _passed_ns(sent.at, now) < within_ns
            for sent in self._sent.values()
        )

    def counted(self, person: str, acts_as: str, within_ns: int, now: Now) -> int:
        """How often that person did so in the last so many nanoseconds."""
        return sum(
            sent.person == person and sent.acts_as == acts_as and _passed_ns(sent.at, now) < within_ns
            for sent in self._sent.values()
        )

    def history(self, event: DeviceEvent) -> bool:
        """Whether the event is older than the book, by the door's own time: then nothing can be said of it."""
        measured, since = event.measured_utc, self._since_utc
        return measured is not None and since is not None and measured < since

    def recognise(self, event: DeviceEvent, now: Now) -> list[Outcome] | None:
        """Hold a door's report of a remote unlock against the book: what to remember, None when we did not do it."""
        part = event.body.get("part", "")
        for sent in reversed(self._sent.values()):
            if sent.device != event.device or sent.number & 0xFFFF != event.body.get("ref"):
                continue
            if sent.echoed or (sent.part and part and sent.part != part) or not _in_time(sent.at, event, now):
                return None
            self._sent[sent.number] = echoed = replace(sent, echoed=True)
            return [Remember(f"{_SENT}{sent.number}", echoed.to_json())]
        return None


def _after(number: int) -> int:
    """A device compares the low 16 bits with the last id that it executed, and 0 stands for none."""
    return number + 1 if (number + 1) & 0xFFFF else number + 2


def _in_time(at: Now, event: DeviceEvent, now: Now) -> bool:
    if _passed_ns(at, now) <= ECHO_SECONDS * NANOSECONDS:
        return True
    return event.measured_utc is not None and abs(event.measured_utc - at.utc) <= ECHO_SECONDS


def _passed_ns(at: Now, now: Now) -> int:
    """How long ago that was: after another boot at least as long as this one has lasted."""
    if at.boot_id == now.boot_id:
        return now.boottime_ns - at.boottime_ns
    by_utc = int((now.utc - at.utc) * NANOSECONDS) if at.trusted and now.trusted else 0
    return max(by_utc, now.boottime_ns)
