"""What the air brings that is no reading: packets that somebody played again or forged, and alarms that nothing proves.

An alarm that nothing proves 未经验证 tells people at once and is evidence of nothing: no door is released for it, and it is no
alarm of its detector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import RADIO_ATTACK, UNVERIFIED_ALARM

if TYPE_CHECKING:
    from drivers.contract import DeviceEvent
    from gateway.decide.known import KnownDevice
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

_ATTACKS = {
    "replay": "packets with counters that were used before",
    "downgrade": "packets without proof, as of a sensor that always proves them",
    "spoof": "packets that its key does not open",
}


def under_attack(event: DeviceEvent, device: KnownDevice, watches: Watches, now: Now) -> list[Outcome]:
    """Somebody speaks in a sensor's name."""
    body = event.body
    why = (
        f"{body.get('count', 1)} {_ATTACKS.get(str(body.get('why')), 'packets that cannot be its own')}{_heard(event)}"
    )
    place = device.rules.place
    return watches.say(RADIO_ATTACK, device.id, device.id, place, abnormal=True, why=why, now=now)


def unverified(event: DeviceEvent, device: KnownDevice, watches: Watches, now: Now) -> list[Outcome]:
    """An alarm came in a sensor's name, and nothing proves it. It may be true."""
    body = event.body
    why = f"{body.get('what')}, unverified: {body.get('why')}{_heard(event)}"
    place = device.rules.place
    return watches.say(UNVERIFIED_ALARM, device.id, device.id, place, abnormal=True, why=why, now=now)


def _heard(event: DeviceEvent) -> str:
    receiver, rssi = event.body.get("receiver"), event.body.get("rssi")
    loud = f" with {rssi} dBm" if rssi else ""
    return f", heard by {receiver}{loud}" if receiver else ""
