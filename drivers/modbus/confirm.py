"""What must be read back before a write is believed: what points show, and what a mailbox answers."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.modbus.frame import Frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Value
    from drivers.control import Verdict
    from drivers.modbus.act import Talk
    from drivers.modbus.unit import Unit


@dataclass(frozen=True, slots=True)
class Expected:
    """What a point must show. `within` is how far a number may be off: half of what one register step means."""

    value: Value
    within: float = 0.0

    def shown_by(self, value: Value) -> bool:
        """Whether a value is the expected one."""
        if isinstance(value, int | float) and isinstance(self.value, int | float):
            return abs(value - self.value) <= self.within
        return value is not None and value == self.value


class Confirmation:
    """The points of a unit that must show what is expected."""

    def __init__(self, unit: Unit, expected: Mapping[str, Expected]) -> None:
        self._expected = expected
        self._polls = tuple(poll for poll in unit.polls if not poll.keys.keys().isdisjoint(expected))

    async def look(self, talk: Talk) -> tuple[bool, dict[str, Value]]:
        """Read the points; returns whether all show what is expected, and what they show."""
        seen: dict[str, Value] = {}
        for poll in self._polls:
            values = await talk.poll(poll)
            if values is not None:
                seen |= {key: values[place] for key, place in poll.keys.items() if key in self._expected}
        return all(expected.shown_by(seen.get(key)) for key, expected in self._expected.items()), seen


class VerdictRead:
    """The read of a mailbox's answer to one command."""

    def __init__(self, unit: Unit, verdict: Verdict) -> None:
        self.frame = Frame.reading(unit.number, verdict.function, verdict.address, verdict.count)
        self._verdict = verdict

    def read(self, content: bytes, command_id: int) -> str | None:
        """Return "" for done, the reason of a refusal, or None while the device has not got so far."""
        verdict = self._verdict
        registers = struct.unpack(f">{verdict.count}H", content)
        if registers[verdict.id_at] != command_id:
            return None
        result: int = registers[verdict.result_at]
        if result in verdict.busy:
            return None
        if result in verdict.done:
            return ""
        return verdict.refused.get(result, f"the device answers {result}")
