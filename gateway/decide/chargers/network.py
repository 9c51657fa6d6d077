"""What happens on the networks of chargers and lockers and is nobody's telemetry: each is an alarm at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.rules import COMMAND_RETAINED, IDENTITY_DOUBTED, MESSAGES_LOST

if TYPE_CHECKING:
    from drivers.contract import DeviceEvent
    from gateway.decide.known import Known
    from gateway.decide.watches import Watches
    from gateway.model import Now, Outcome

NETWORK = frozenset({COMMAND_RETAINED, IDENTITY_DOUBTED, MESSAGES_LOST})
"""The kinds of such events; each is the name of its rule too."""


def on_the_network(event: DeviceEvent, known: Known, watches: Watches, now: Now) -> list[Outcome]:
    """Raise the alarm for an event of a kind in `NETWORK`, whatever the device is."""
    device, body = known.devices.get(event.device), event.body
    if device is None:  # its last word, after a reload has taken it away
        return []
    match event.kind:
        case "command_retained":
            why = f"a command is retained by the broker at {body.get('topic')}: nobody of ours sends one so"
        case "identity_doubted":
            why = str(body.get("what") or "somebody else spoke in its name")
        case _:
            lost = f"messages {body.get('from')} to {body.get('to')} never came"
            why = f"{lost}: {body['why']}" if body.get("why") else lost
    place = device.rules.place
    return watches.say(event.kind, event.device, event.device, place, abnormal=True, why=why, now=now)
