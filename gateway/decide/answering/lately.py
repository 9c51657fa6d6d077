"""How often something happened lately: its last few moments by name, which survive a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import NANOSECONDS, Now, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json


class Lately:
    """The last `keep` moments of each name that are not older than `seconds`. `prefix` is what their memory is under."""

    def __init__(self, remembered: Mapping[str, Json], prefix: str, *, keep: int, seconds: float) -> None:
        self._prefix = prefix
        self._keep = keep
        self._seconds = seconds
        self._moments: dict[str, tuple[Now, ...]] = {
            name.removeprefix(prefix): tuple(Now(*moment) for moment in body)
            for name, body in remembered.items()
            if name.startswith(prefix)
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._moments)

    def add(self, name: str, now: Now) -> Outcome:
        """It happened now."""
        young = [moment for moment in self._moments.get(name, ()) if _passed_seconds(moment, now) < self._seconds]
        self._moments[name] = moments = (*young, now)[-self._keep :]
        return Remember(self._prefix + name, [list(moment) for moment in moments])

    def count(self, name: str, seconds: float, now: Now) -> int:
        """How often in the last so many seconds; no more than are kept."""
        return sum(_passed_seconds(moment, now) < seconds for moment in self._moments.get(name, ()))

    def last_seconds(self, name: str, now: Now) -> float | None:
        """How long ago it was last, None when that is not kept."""
        moments = self._moments.get(name)
        return _passed_seconds(moments[-1], now) if moments else None

    def forget(self, now: Now) -> list[Outcome]:
        """Forget the names of which all is too old."""
        old = [name for name in self._moments if not self.count(name, self._seconds, now)]
        for name in old:
            del self._moments[name]
        return [Remember(self._prefix + name, None) for name in old]


def _passed_seconds(at: Now, now: Now) -> float:
    """How long ago that was: after another boot by a clock that is believed, and at least as long as this boot has lasted."""
    if at.boot_id == now.boot_id:
        return (now.boottime_ns - at.boottime_ns) / NANOSECONDS
    by_utc = now.utc - at.utc if at.trusted and now.trusted else 0.0
    return max(by_utc, now.boottime_ns / NANOSECONDS)
