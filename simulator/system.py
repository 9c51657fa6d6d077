"""What an ACP-1 controller says about itself: its identity, and the bits of SYS at input register 0x0107."""

from __future__ import annotations

from simulator.ring import Event

MAGIC = 0x4143
MAP_VERSION = 0x0101
FIRMWARE = 0x0203
BUILD = 417
MAP_DOORS = 4
"""The map has room for four doors in every form."""

CAPABILITIES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7
"""Fire input, event ring, user table, clock, battery, supervised inputs, schedules; no command MAC."""

MAINS_FAIL = 1 << 0
BATTERY_LOW = 1 << 1
ENCLOSURE_TAMPER = 1 << 2
FIRE_INPUT = 1 << 3
FIRE_LATCHED = 1 << 4
LOCKDOWN = 1 << 5
CLOCK_INVALID = 1 << 6
FLASH_ERROR = 1 << 7
HOST_LOST = 1 << 8
OFFLINE_MODE = 1 << 9
READER_BUS_FAULT = 1 << 10
CONFIG_CHANGED = 1 << 11
USER_TABLE_BAD = 1 << 12
RING_OVERRUN = 1 << 13

INPUTS: dict[str, tuple[int, Event | None, Event | None]] = {
    "mains_fail": (MAINS_FAIL, Event.MAINS_FAIL, Event.MAINS_OK),
    "battery_low": (BATTERY_LOW, Event.BATTERY_LOW, None),
    "enclosure_tamper": (ENCLOSURE_TAMPER, Event.TAMPER, Event.TAMPER_END),
    "clock_invalid": (CLOCK_INVALID, None, None),
    "flash_error": (FLASH_ERROR, None, None),
    "reader_bus_fault": (READER_BUS_FAULT, Event.READER_LOST, Event.READER_OK),
    "user_table_bad": (USER_TABLE_BAD, None, None),
}
"""Conditions that stand on the controller from outside: their bit, and the events of their coming and going."""
