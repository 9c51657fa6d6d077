"""What followed, in lines that a person reads: when, who or what, and because of what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import CHARGING_OFF, FIRE_RELEASE
from gateway.decide.fires.table import HowFar
from gateway.model import AlarmChanged, Change, Recorded, Send, Want
from gateway.notice import Notify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from drivers.contract import Json
    from gateway.decide.fires.table import Row
    from gateway.decide.rules import Rules
    from gateway.model import Alarm, Outcome, Place
    from gateway.notice import Notice

_WIDTH = 14


class Telling:
    """Lines of one play by these rules. `in_words` says where a place is."""

    def __init__(self, rules: Rules, in_words: Callable[[Place], str]) -> None:
        self._rows = rules.fires.rows
        self._rooms = rules.rooms.values()
        self._devices = rules.devices
        self._in_words = in_words
        self._noted: set[str] = set()

    def lines(self, at: float, outcomes: Sequence[Outcome]) -> Iterator[str]:
        """What one moment brought: devices first, then people."""
        raised = [each.alarm for each in outcomes if isinstance(each, AlarmChanged) and each.change is Change.RAISED]
        for outcome in outcomes:
            match outcome:
                case Want(device, state) if state.name == FIRE_RELEASE:
                    said = f"{device} opens {_parts(state.level)}" if state.level else f"{device} lets go of its doors"
                    yield line(at, "doors", said, self._because(raised, lambda row, _: row.release))
                case Want(device, state) if state.name == CHARGING_OFF:
                    said = (
                        f"no current at {device} {_parts(state.level)}" if state.level else f"{device} may charge again"
                    )
                    yield line(at, "charging", said, self._because(raised, self._stops))
                case Send(command, "rule", reason):
                    yield line(at, "switch", f"{command.device} {command.name} {_arguments(command.arguments)}", reason)
                case Recorded("would_have", building, body):
                    yield line(at, "would have", f"{building}: {_would_have(body)}", str(body["rule"]))
                case AlarmChanged(alarm, change, announce):
                    yield from self._alarm(at, alarm, change, announce=announce)
        yield from self._notices(at, [each.notice for each in outcomes if isinstance(each, Notify)])

    def _alarm(self, at: float, alarm: Alarm, change: Change, *, announce: bool) -> Iterator[str]:
        where = self._in_words(alarm.place) or alarm.source
        if announce:
            marks = "".join(mark for mark, set_ in (("【试运行】", alarm.trial), ("【测试】", alarm.test)) if set_)
            yield line(at, f"P{alarm.priority.value} alarm", f"{marks}{alarm.rule}, {where}", alarm.why)
            yield from self._notes(at, alarm)
        elif change is Change.CLEARED:
            left = "waits for a person's reset" if alarm.latched else "is over"
            yield line(at, "", f"{alarm.rule}, {where}: {left}", "")

    def _notices(self, at: float, notices: Sequence[Notice]) -> Iterator[str]:
        told: dict[tuple[str, str, str], dict[str, list[str]]] = {}
        for notice in notices:
            ways = told.setdefault((notice.kind, notice.rule, notice.subject), {})
            ways.setdefault(notice.person or "whoever is near", []).append(notice.channel)
        for (kind, rule, _), ways in told.items():
            several = "; ".join(
                f"{person} by {', '.join(dict.fromkeys(channels))}" for person, channels in ways.items()
            )
            yield line(at, "people", several, " ".join(filter(None, (kind, rule))))

    def _notes(self, at: float, alarm: Alarm) -> Iterator[str]:
        """What the table says of an alarm that moves nothing, once."""
        for row in self._rows:
            if alarm.rule in row.when and not row.acts and row.note and row.name not in self._noted:
                self._noted.add(row.name)
                yield line(at, "", f"{row.name}: {row.note}")

    def _because(self, raised: Sequence[Alarm], fits: Callable[[Row, Alarm], bool]) -> str:
        causes = [
            row.name for row in self._rows if any(alarm.rule in row.when and fits(row, alarm) for alarm in raised)
        ]
        return ", ".join(causes)

    def _stops(self, row: Row, alarm: Alarm) -> bool:
        if row.stop_charging is not HowFar.ROOM:
            return row.stop_charging is HowFar.BUILDING
        device = self._devices.get(alarm.device)
        return device is not None and (bool(device.ports) or any(alarm.device in room.smoke for room in self._rooms))


def line(at: float, what: str, said: str, why: str = "") -> str:
    """One line: when, who or what, and why."""
    because = f"   (because {why})" if why else ""
    return f"{at:+7.0f} s  {what:<{_WIDTH}}{said}{because}".rstrip()


def _parts(level: Json) -> str:
    if level is True:
        return "all that it has"
    return ", ".join(level.get("doors") or level.get("parts") or ())


def _arguments(arguments: object) -> str:
    pairs = dict(arguments) if isinstance(arguments, dict) else {}
    return " ".join(f"{name}={value}" for name, value in pairs.items())


def _would_have(body: Json) -> str:
    said = [
        *(["released " + ", ".join(body["release"])] if body["release"] else []),
        *(["stopped charging in " + ", ".join(body["stop_charging"])] if body["stop_charging"] else []),
        *(["kept lockers shut"] if body["freeze_lockers"] else []),
        *(["switched " + ", ".join(body["switch"])] if body["switch"] else []),
    ]
    return "; ".join(said) or "nothing"
