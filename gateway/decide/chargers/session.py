"""One charging, from its beginning to its end, and how it is remembered."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from gateway.model import Now

if TYPE_CHECKING:
    from drivers.contract import Json


@dataclass(slots=True)
class Session:
    """A charging at a port.

    `session` is the charger's own name for it, `tag` the keyed hash of who began it, "" for nobody known.
    Times in seconds since 1970, by the charger's clock where it told one. `kwh` is what it has drawn so far, None while
    nobody said. `ending`: why we end it, "" while we do not. `offline`: the charger told of it later.
    """

    device: str
    part: str
    room: str
    session: str
    tag: str
    began_utc: float
    offline: bool = False
    meter_kwh: float | None = None
    """What the meter showed when it began."""
    kwh: float | None = None
    peak_watts: float = 0.0
    ending: str = ""
    low_since: Now | None = None
    """Since when it draws so little that its battery may be full."""

    @property
    def key(self) -> str:
        """The port at which it runs: "device/part"."""
        return f"{self.device}/{self.part}"

    def to_json(self) -> Json:
        """As decide remembers it."""
        low = None if self.low_since is None else [*self.low_since]
        return {name: getattr(self, name) for name in _FIELDS} | {"low_since": low}

    @classmethod
    def from_json(cls, body: Json) -> Session:
        """The inverse of `to_json`."""
        low = body["low_since"]
        return cls(**(body | {"low_since": None if low is None else Now(*low)}))


_FIELDS = tuple(field.name for field in fields(Session))
