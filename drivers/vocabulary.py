"""The words by which rules, commands and the page speak of points: the same word means the same in every product."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

VOCABULARY: Mapping[str, str] = {
    "door_open": "The leaf is not closed.",
    "door_unlocked": "The bond of the lock is open.",
    "door_forced": "The leaf was opened without a release.",
    "door_held": "The leaf has been open for too long.",
    "door_exit_request": "The exit button is pressed.",
    "reader_tamper": "The reader was taken off or opened.",
    "supervision_fault": "A supervised input is shorted or cut.",
    "lock_fault": "The lock did not do what it was told.",
    "door_fire_released": "The door stands released because of fire.",
    "break_glass": "The green break-glass unit was used.",
    "door_mode": "0 card, 1 free, 2 locked, 3 card and PIN.",
    "relay_on": "The relay of the lock is energised.",
    "mains_fail": "The device runs on its battery.",
    "battery_low": "The battery will not last.",
    "enclosure_tamper": "The device's case is open.",
    "fire_input": "The fire panel's contact is active.",
    "fire_release_latched": "Doors stay released until a person resets them.",
    "lockdown": "Cards open nothing.",
    "clock_invalid": "The device does not know the time.",
    "flash_error": "The device's memory fails.",
    "host_lost": "The device misses its gateway.",
    "offline_mode": "The device decides alone, by its own list.",
    "reader_bus_fault": "The device cannot talk to a reader.",
    "config_changed": "Someone changed the device's settings.",
    "user_table_bad": "The device's list of cards is damaged.",
    "ring_overrun": "Events were overwritten before they were read.",
    "supply_voltage": "What the device is fed with.",
    "battery_voltage": "What its battery gives.",
    "temperature": "Of the device or the place, in Cel.",
    "humidity": "Relative, of the air, in %.",
    "voltage": "What the mains give at a meter, in V.",
    "current": "What flows through a meter, in A.",
    "active_power": "What a meter's load draws, in W; negative where it feeds.",
    "power_factor": "Active through apparent power.",
    "frequency": "Of the mains, in Hz.",
    "import_energy": "What a meter's load has drawn so far, in kW.h.",
    "export_energy": "What it has fed back so far, in kW.h.",
    "heartbeat": "Changes while the device's application lives.",
    "boot_id": "Changes at each start of the device.",
    "ring_epoch": "Changes when the event ring was wiped.",
    "ring_head": "The next sequence to be written.",
    "ring_tail": "The oldest sequence still held.",
    "serial": "The device's serial number.",
    "firmware": "The device's software version.",
    "reader_restarted": "The reader was without power.",
    "card_waiting": "A card was read and waits to be fetched.",
    "card_sequence": "One more for each card.",
    "permits_version": "Which table of permits lets people in.",
    "permits_sum": "The CRC-32 of that table.",
    "permits_users": "How many users it holds.",
    "permits_left": "Records that are still to be written or proved before the wanted table can be committed.",
    "permits_total": "Records that the wanted table needs to be written or proved in all.",
    "permits_state": "unknown, current, writing, or a sentence that says why the wanted table cannot be reached.",
    "input": "An input without a meaning of its own.",
    "relay": "A relay without a meaning of its own.",
}
"""Each meaning with what it says. A boolean is true when the sentence is."""

MEANINGS = frozenset(VOCABULARY)
"""The words alone."""
