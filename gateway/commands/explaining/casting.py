"""Who plays what in a story: the first devices of a configuration that can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.commands.explaining.stories import CHARGER, FLAT, GAS, LANDING, MAINS, NEXT_FLAT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.commands.explaining.stories import Story
    from gateway.decide.rules import DeviceRules, Rules


class NotCast(Exception):
    """The configuration has nobody for a part, as a sentence."""


def cast(story: Story, rules: Rules) -> Mapping[str, tuple[str, ...]]:
    """The devices by part; all in one building, the first that has somebody for every part. Raises NotCast."""
    parts = tuple(dict.fromkeys(step.part for step in story.steps))
    buildings = dict.fromkeys(known.place.building for known in rules.devices.values() if known.place.building)
    missing = parts[0]
    for building in buildings:
        found: dict[str, tuple[str, ...]] = {}
        for part in parts:
            found[part] = _players(part, building, rules, found)
            if not found[part]:
                missing = part
                break
        else:
            return found
    raise NotCast(f"no building of this configuration has {missing}: the story {story.name} cannot be played there")


def _players(part: str, building: str, rules: Rules, found: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    here = {device: known for device, known in rules.devices.items() if known.place.building == building}
    if part == MAINS:
        return tuple(device for device, known in here.items() if "mains_fail" in known.points)
    if part == CHARGER:
        inside = [device for device, known in here.items() if "charging_smoke" in known.points]
        above = [device for room in rules.rooms.values() for device in sorted(room.smoke) if device in here]
        return tuple([*inside, *above][:1])
    meaning = "gas_alarm" if part == GAS else "smoke_alarm"
    taken = {_household(here[device]) for device in found.get(FLAT, ()) if part == NEXT_FLAT}
    for device, known in here.items():
        household = _household(known)
        fits = not household if part == LANDING else household and household not in taken
        if known.detector is not None and meaning in known.points and fits:
            return (device,)
    return ()


def _household(known: DeviceRules) -> str:
    return known.detector.household if known.detector is not None else ""
