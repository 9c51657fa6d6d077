"""bthome-ble as the judge of our decoder: what it makes of one packet, and what our values would be in its words."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bleak.backends.device import BLEDevice
from bthome_ble.const import MEAS_TYPES
from bthome_ble.event import BUTTON_EVENTS, COMMAND_EVENTS, DIMMER_EVENTS
from bthome_ble.parser import BTHomeBluetoothDeviceData
from habluetooth import BluetoothServiceInfoBleak

from drivers.ble.bthome_objects import OBJECTS, ObjectValue, Sort

if TYPE_CHECKING:
    from drivers.ble.bthome import Values

UUID = "0000fcd2-0000-1000-8000-00805f9b34fb"
_PLAIN_NAME = "BTHome BLE v2"


def by_bthome_ble(data: bytes, mac: bytes, key: bytes | None = None) -> dict[str, object]:
    """What bthome-ble, which has heard nothing before, makes of a packet: entity to value."""
    info = BluetoothServiceInfoBleak(
        name="toy",
        address=mac.hex(":").upper(),
        rssi=-60,
        manufacturer_data={},
        service_data={UUID: data},
        service_uuids=[],
        source="",
        device=BLEDevice(mac.hex(":").upper(), "toy", None),
        advertisement=None,
        connectable=False,
        time=0.0,
        tx_power=None,
    )
    parser = BTHomeBluetoothDeviceData(bindkey=key)
    update = parser.update(info)
    said: dict[str, object] = {at.key: one.native_value for at, one in update.entity_values.items()}
    said |= {f"is {at.key}": one.native_value for at, one in update.binary_entity_values.items()}
    said |= {at.key: (event.event_type, event.event_properties) for at, event in update.events.items()}
    said.pop("signal_strength", None)
    version = update.devices[None].sw_version if None in update.devices else None
    if version is not None and not version.startswith(_PLAIN_NAME):
        said["firmware"] = version
    return said


def in_its_words(values: Values) -> dict[str, object]:
    """Our values as bthome-ble would tell them."""
    formats = Counter(str(MEAS_TYPES[object_id].meas_format) for object_id, _ in values)
    seen: Counter[str] = Counter()
    said: dict[str, object] = {}
    for object_id, value in values:
        sort = OBJECTS[object_id].sort
        if sort is Sort.VERSION:
            said["firmware"] = value
            continue
        what = MEAS_TYPES[object_id].meas_format
        if what is None:
            continue  # a device type chooses a name and shows in no value
        seen[str(what)] += 1
        postfix = f"_{seen[str(what)]}" if formats[str(what)] > 1 else ""
        key = f"{'is ' if sort is Sort.BOOLEAN else ''}{getattr(what, 'device_class', what)}{postfix}"
        told = _told(object_id, value)
        if told is not None:
            said[key] = told
    return said


def _told(object_id: int, value: ObjectValue) -> object:
    match OBJECTS[object_id].name, value:
        case "button", int(code):
            return (event, None) if (event := BUTTON_EVENTS.get(code)) else None
        case "dimmer", bytes(turned):
            return (event, {"steps": turned[1]}) if (event := DIMMER_EVENTS.get(turned[0])) else None
        case "command", bytes(command):
            return (event, {"args": command[1:].hex()}) if (event := COMMAND_EVENTS.get(command[0])) else None
        case "timestamp", int(seconds):
            return datetime.fromtimestamp(seconds, tz=UTC)
        case "raw", bytes(raw):
            return raw.hex()
    return value
