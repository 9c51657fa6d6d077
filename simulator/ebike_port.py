"""A charging port of an e-bike controller: its socket, its session, and what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.charging_socket import ChargingSocket, Measured

FREE, CONNECTED, CHARGING, PAUSED, FINISHING, FAULT = "free", "connected", "charging", "paused", "finishing", "fault"

_TOLD_AMPERES = 0.15
_TOLD_SHARE = 0.08
_TOLD_KELVIN = 1.0
_TOLD_MILLIAMPERES = 3.0


class EbikePort:
    """A port. `session` is "" while none runs; `held` it may not carry current, whoever asks."""

    __slots__ = (
        "began_at",
        "began_watt_hours",
        "error",
        "held",
        "low_since",
        "part",
        "round",
        "scan",
        "session",
        "socket",
        "state",
        "tag",
        "told",
        "told_at",
    )

    def __init__(self, part: str, socket: ChargingSocket) -> None:
        self.part = part
        self.socket = socket
        self.state = FREE
        self.error = ""
        self.held = False
        self.session = ""
        self.tag = ""
        self.began_at = 0.0
        self.began_watt_hours = 0.0
        self.low_since = 0.0
        """Since when it draws next to nothing; 0 while it draws more."""
        self.scan = 0
        """How often whoever plugged in has shown the tag, and counted on when that is over."""
        self.round = 0
        """Which round of looks at it counts; those of earlier ones are void."""
        self.told: Measured | None = None
        self.told_at = 0.0

    def begin(self, session: str, tag: str, now: float, before_seconds: float = 0.0, before_hours: float = 0.0) -> None:
        """Current may flow; a session that began earlier has drawn `before_hours` watt-hours in the seconds before."""
        self.socket.switch(now, on=True)
        self.session, self.tag, self.state, self.error = session, tag, CHARGING, ""
        self.began_at = now - before_seconds
        self.began_watt_hours = self.socket.meter_watt_hours - before_hours
        self.low_since = 0.0

    def end(self, now: float) -> None:
        """The relay opens; the session is over, and the plug is still in or not."""
        self.socket.switch(now, on=False)
        self.session = self.tag = ""
        self.state = FINISHING if self.socket.taken else FREE

    @property
    def drawn_kilowatt_hours(self) -> float:
        """What the session that runs has drawn."""
        return (self.socket.meter_watt_hours - self.began_watt_hours) / 1000 if self.session else 0.0

    def worth_telling(self, measured: Measured) -> bool:
        """Whether this is so far from what was told last that it is not kept back."""
        told = self.told
        return (
            told is None
            or abs(measured.amperes - told.amperes) > max(_TOLD_AMPERES, _TOLD_SHARE * told.amperes)
            or abs(measured.celsius - told.celsius) >= _TOLD_KELVIN
            or abs(measured.milliamperes - told.milliamperes) > _TOLD_MILLIAMPERES
        )

    def telemetry(self, measured: Measured) -> dict[str, Any]:
        """What stands in a message of the stream `tele`."""
        return {
            "p": self.part,
            "v": round(measured.volts, 1),
            "a": round(measured.amperes, 2),
            "w": round(measured.watts, 1),
            "kwh": round(measured.kilowatt_hours, 3),
            "skwh": round(self.drawn_kilowatt_hours, 3),
            "st_c": round(measured.celsius, 1),
            "ma": round(measured.milliamperes, 1),
        }

    def said(self) -> dict[str, Any]:
        """What stands under its name in the stream `state`."""
        return {
            "st": self.state,
            "on": int(self.socket.on),
            "fb": int(self.socket.closed),
            "sid": self.session,
            "err": self.error,
        }
