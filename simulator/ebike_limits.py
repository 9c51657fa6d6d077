"""What an e-bike controller watches by itself, behind the limits of whoever is in charge: seen only where nobody is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from simulator.ebike_port import CHARGING

if TYPE_CHECKING:
    from simulator.charging_socket import Measured
    from simulator.ebike_port import EbikePort

SESSION_SECONDS = 14 * 3600.0
LEAK_MILLIAMPERES = 30.0
HOT_CELSIUS = 95.0
HIGHEST_AMPERES = 15.0
FULL_WATTS, FULL_SECONDS = 12.0, 1_800.0


class Trip(NamedTuple):
    """Why it cut a socket: a word of the protocol, and what the port then complains of."""

    what: str
    complaint: str


def tripped(measured: Measured) -> Trip | None:
    """Which limit of its hardware is reached."""
    if measured.milliamperes >= LEAK_MILLIAMPERES:
        return Trip("leak", "residual current")
    if measured.celsius >= HOT_CELSIUS:
        return Trip("temperature", "socket too hot")
    if measured.amperes > HIGHEST_AMPERES:
        return Trip("overcurrent", "overcurrent")
    return None


def has_enough(port: EbikePort, measured: Measured, now: float) -> str:
    """Why a session is over, "" for none of the reasons: it lasts too long, or has drawn next to nothing for long."""
    if now - port.began_at >= SESSION_SECONDS:
        return "cap"
    if measured.watts >= FULL_WATTS or port.state != CHARGING:
        port.low_since = 0.0
    elif not port.low_since:
        port.low_since = now
    return "full" if port.low_since and now - port.low_since >= FULL_SECONDS else ""
