"""One charging, from its beginning to its end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Session:
    """A charging at a port. `session` is the charger's own name for it, `tag` the keyed hash of who began it, "" for nobody known.

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
    kwh: float | None = None
    peak_watts: float = 0.0
    ending: str = ""
