"""What stands around the data of a message: its boot and sequence, the device's time, and how far it vouches for it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from drivers.mqtt.paths import MISSING, follow, steps, written
from drivers.mqtt.reading_json import Odd
from drivers.mqtt.reading_value import numeric, text, whole
from drivers.mqtt.shape_values import word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Json
    from drivers.mqtt.paths import Steps
    from drivers.mqtt.shape_messages import Clock, Envelope
    from drivers.mqtt.shape_values import Scalar

EARLIEST_UTC: Final = 1_577_836_800.0
"""2020-01-01: a device that says an earlier time does not know it."""

LATEST_UTC: Final = 4_102_444_800.0
"""2100-01-01, likewise."""

ID_LIMIT: Final = 64


class Opened(NamedTuple):
    """An envelope that was read; a plain tuple, because every message makes one."""

    data: Any
    id: Any = MISSING
    """As it stands there: only a question needs it, and `identity` says whether it can be repeated."""
    boot: str = ""
    seq: int | None = None
    at_utc: float | None = None
    clock_wrong: bool = False
    estimated: bool = False


class Opener:
    """Reads the envelopes of one product."""

    def __init__(self, envelope: Envelope, *, strings: bool) -> None:
        self._expect = _expected(envelope.expect)
        self._sure = _expected(envelope.sure)
        self._id, self._boot, self._seq = steps(envelope.id), steps(envelope.boot), steps(envelope.seq)
        self._data = steps(envelope.data)
        self._clock = steps(envelope.time.path) if envelope.time is not None else ()
        self._time = _reader(envelope.time, strings=strings) if envelope.time is not None else None
        self._strings = strings

    def open(self, message: Json) -> Opened:
        """What the envelope says. Raises Odd where something is not there, or not what it must be."""
        for way, must in self._expect:
            if word(follow(message, way)) != must:
                raise Odd(f"{written(way)} is not {must}")
        at_utc, clock_wrong = None, False
        if self._time is not None and (said := follow(message, self._clock)) is not MISSING and said is not None:
            at_utc = self._time(said)
            clock_wrong = at_utc is None
        return Opened(
            data=_there(message, self._data) if self._data else message,
            id=_there(message, self._id) if self._id else MISSING,
            boot=str(identity(_there(message, self._boot), self._boot)) if self._boot else "",
            seq=self._counted(_there(message, self._seq)) if self._seq else None,
            at_utc=at_utc,
            clock_wrong=clock_wrong,
            estimated=any(word(follow(message, way)) != good for way, good in self._sure),
        )

    def _counted(self, said: Json) -> int:
        try:
            count = whole(said, strings=self._strings)
        except Odd as odd:
            raise Odd(f"{written(self._seq)} {odd}") from None
        if count < 0:
            raise Odd(f"{written(self._seq)} is negative")
        return count


def identity(said: Json, way: Steps) -> str | int:
    """What tells a message or a boot from others: a short text or a whole number. Raises Odd."""
    if type(said) is int:
        return said
    if type(said) is str and len(said) <= ID_LIMIT:
        return text(said)
    raise Odd(f"{written(way)} is neither a short text nor a whole number")


def _expected(of: Mapping[str, Scalar]) -> tuple[tuple[Steps, str], ...]:
    return tuple((steps(path), word(must)) for path, must in of.items())


def _there(message: Json, way: Steps) -> Json:
    said = follow(message, way)
    if said is MISSING or said is None:
        raise Odd(f"has no {written(way)}")
    return said


def _reader(clock: Clock, *, strings: bool) -> Callable[[Json], float | None]:
    """How the time is read: seconds since 1970, None for one that cannot be."""
    if clock.written in ("unix", "unix_ms"):
        over = 1000.0 if clock.written == "unix_ms" else 1.0

        def counted(said: Json) -> float | None:
            try:
                return _possible(numeric(said, strings=strings) / over)
            except Odd:
                return None

        return counted
    zone = ZoneInfo(clock.zone) if clock.written == "local" else None

    def read(said: Json) -> float | None:
        try:
            found = datetime.fromisoformat(said)
            if zone is not None and found.tzinfo is None:
                found = found.replace(tzinfo=zone)
            return _possible(found.timestamp()) if found.tzinfo is not None else None
        except (TypeError, ValueError):
            return None

    return read


def _possible(seconds: float) -> float | None:
    return seconds if EARLIEST_UTC <= seconds < LATEST_UTC else None
