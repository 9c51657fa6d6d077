"""The places where sensors are to hang, made from the pattern that the installer wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.profile import ProfileError
from gateway.decide.rules import SensorRules
from gateway.serve.layout import DetectorPlace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from drivers.findings import Finding
    from gateway.config.compound import Building, Detectors

KIND_NAMES = {
    "zh-CN": {"smoke": "烟感", "gas": "燃气", "co": "一氧化碳", "heat": "感温"},
    "en": {"smoke": "smoke", "gas": "gas", "co": "CO", "heat": "heat"},
}
"""What people call a kind, in the language of the compound."""

_UNIT = {"zh-CN": "{entrance}单元 {name}", "en": "unit {entrance} {name}"}
_LANDING = {"zh-CN": "{floor}层楼道", "en": "landing {floor}"}


def detectors_placed(
    written: Iterable[Detectors], buildings: Iterable[Building], language: str
) -> Iterator[DetectorPlace]:
    """All places in the order in which people walk: building, unit, floor, flat."""
    known = {building.id: building for building in buildings}
    for pattern in written:
        if pattern.id is not None:
            yield _single(pattern, language)
            continue
        for building in known.values():
            if not pattern.buildings or building.id in pattern.buildings:
                yield from _in_building(pattern, building, language)


def name_with_unit(detector: DetectorPlace, language: str) -> str:
    """What people call a detector within its building: 2单元 501 烟感."""
    if not detector.entrance:
        return detector.name
    return _UNIT[language].format(entrance=detector.entrance, name=detector.name)


def _single(one: Detectors, language: str) -> DetectorPlace:
    kind = one.kinds[0]
    name = " ".join(filter(None, (one.name, KIND_NAMES[language][kind])))
    return DetectorPlace(one.id or "", one.line, kind, one.building or "", one.entrance, one.floor, "", "", name)


def _in_building(pattern: Detectors, building: Building, language: str) -> Iterator[DetectorPlace]:
    for unit in range(1, building.units + 1):
        for floor in range(1, building.floors + 1):
            if pattern.where == "landings":
                landing = _LANDING[language].format(floor=floor)
                yield from _hanging(pattern, building, unit, floor, "", landing, language)
                continue
            for flat in flats_of(building, unit, floor):
                yield from _hanging(pattern, building, unit, floor, flat, flat, language)


def sensor_rules(folders: Sequence[Path], findings: list[Finding]) -> dict[str, SensorRules]:
    """The products that a sensor may be of, as decide needs them; a wrong profile is a finding."""
    from drivers.ble.product import air_products

    try:
        products = air_products(folders)
    except ProfileError as wrong:
        findings += wrong.findings
        return {}
    return {
        name: SensorRules(
            product.kind,
            product.title,
            product.interval_seconds,
            product.late_seconds,
            product.lost_seconds,
            product.life_years,
            product.weak_dbm,
        )
        for name, product in products.items()
    }


def flats_of(building: Building, unit: int, floor: int) -> Iterator[str]:
    """The flats of a floor, such as "501"; shops take the first places of the ground floor, one unit after the other."""
    for flat in range(1, building.flats_per_floor + 1):
        if floor > 1 or (unit - 1) * building.flats_per_floor + flat > building.shops:
            yield f"{floor}{flat:02}"


def _hanging(
    pattern: Detectors, building: Building, unit: int, floor: int, flat: str, name: str, language: str
) -> Iterator[DetectorPlace]:
    where = f"{building.id}-{unit}-{flat or f'f{floor}'}"
    for kind in pattern.kinds:
        yield DetectorPlace(
            device=f"{where}-{kind}",
            line=pattern.line,
            kind=kind,
            building=building.id,
            entrance=str(unit),
            floor=floor,
            flat=flat,
            household=where if flat else "",
            name=f"{name} {KIND_NAMES[language][kind]}",
        )
