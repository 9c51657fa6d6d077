"""A sensor product as data: which objects of its packets say what, when it is missed, and how long it lasts.

Its file stands in `drivers/profiles/` or in a folder beside it, with `protocol: bthome`; docs/add-a-sensor.md shows one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from pydantic import ValidationError

from drivers.ble.bthome_objects import NAMES, OBJECTS, ObjectValue, Sort
from drivers.ble.kinds import ALARMS
from drivers.ble.product_profile import AirProfile, Place, Told, places, review
from drivers.contract import Fault, Kind, Point, Quality, Value
from drivers.findings import explain
from drivers.profile import ProfileError, product_file, products, read_profile, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from drivers.ble.bthome import Values

PROTOCOL: Final = "bthome"

OUT_OF_RANGE: Final = Fault(Quality.BAD, "out of range")
"""What `AirProduct.take` gives for a number that the detector cannot truthfully say."""

_Read: TypeAlias = "Callable[[ObjectValue], Value | Fault | None]"
"""What an object says of a point: a value, a Fault where it cannot be true, None where it says nothing of it."""

_RAW_TYPES: Final[Mapping[str, tuple[int, bool]]] = {
    "u8": (1, False),
    "s8": (1, True),
    "u16": (2, False),
    "s16": (2, True),
    "u32": (4, False),
    "s32": (4, True),
}
"""How many bytes a number takes inside a raw object, and whether it has a sign."""


@dataclass(frozen=True, slots=True)
class AirProduct:
    """A sensor product, ready to read packets. `points` are the keys of those that it tells; the rest is as in `AirProfile`."""

    product: str
    title: str
    kind: str
    interval_seconds: float
    late_seconds: float
    lost_seconds: float
    life_years: float
    weak_dbm: int
    counter_bits: int
    points: tuple[str, ...]
    _press: frozenset[int] = field(repr=False)
    _alarms: Mapping[Place, str] = field(repr=False)
    _without_event: Mapping[Place, bool] = field(repr=False)
    _as_said: Mapping[int, Place] = field(repr=False)
    """Objects that are true or false for one point, which need no reading; `_reads` has the others."""
    _reads: Mapping[int, tuple[tuple[Place, _Read], ...]] = field(repr=False)

    def take(self, values: Values) -> dict[Place, Value | Fault]:
        """What a packet says, by the place of the point in `GROUPS[kind]`; a Fault where that cannot be true.

        A point of which the packet does not speak is not in it, but for one that the button alone tells: no event, no press.
        Of several objects for one point the first counts, and for a boolean any that is true.
        """
        taken: dict[Place, Value | Fault] = dict(self._without_event)
        as_said = self._as_said
        for object_id, said in values:
            if (place := as_said.get(object_id)) is not None:
                if said is True or place not in taken:
                    taken[place] = said is True
            elif (reads := self._reads.get(object_id)) is not None:
                for place, read in reads:
                    value = read(said)
                    if value is not None and (value is True or place not in taken):
                        taken[place] = value
        return taken

    def pressed(self, values: Values) -> bool:
        """Whether the packet says that the test button is pressed."""
        press = self._press
        return any(said and object_id in press for object_id, said in values)

    def alarm_claimed(self, values: Values) -> str:
        """The key of an alarm ("smoke", "gas", "co", "heat") that the packet says is on; "" for none."""
        taken = self.take(values)
        return next((key for place, key in self._alarms.items() if taken.get(place) is True), "")


def load_air_product(name: str, folders: Sequence[Path] = ()) -> AirProduct:
    """Load a sensor product by its name, which is also its file's name.

    Raises ProfileError when there is none, when two folders have one, when it speaks another protocol, or when it is wrong.
    """
    return load_air_product_file(product_file(name, folders, PROTOCOL))


def air_products(folders: Sequence[Path] = ()) -> Mapping[str, AirProduct]:
    """All sensor products in the shipped folder and in `folders`, by name.

    Raises ProfileError with everything that is wrong in any of them, and with the files that nobody can read.
    """
    found: dict[str, AirProduct] = {}
    findings = list(unreadable(folders))
    for name in products(folders, PROTOCOL):
        try:
            found[name] = load_air_product(name, folders)
        except ProfileError as wrong:
            findings += wrong.findings
    if findings:
        raise ProfileError(findings)
    return MappingProxyType(found)


def load_air_product_file(path: Path) -> AirProduct:
    """Load and check one file. Raises ProfileError with all findings at once."""
    written = read_profile(path, PROTOCOL)
    try:
        profile = AirProfile.model_validate(written.data)
    except ValidationError as error:
        raise ProfileError(explain(error, AirProfile, written)) from None
    findings = [written.finding(complaint.at, complaint.what) for complaint in review(profile)]
    if profile.product != path.stem:
        findings.append(written.finding(("product",), f"must be the file's name, {path.stem!r}"))
    if findings:
        raise ProfileError(findings)
    return _ready(profile)


def _ready(profile: AirProfile) -> AirProduct:
    known = places(profile.kind)
    begins = bytes.fromhex(profile.raw_begins)
    reads: dict[int, list[tuple[Place, _Read]]] = {}
    for key, told in profile.points.items():
        place, point = known[key]
        for each in told:
            for told_by in NAMES[each.object]:
                reads.setdefault(told_by.id, []).append((place, _reader(each, point, begins)))
    as_said = {
        object_id: found[0][0]
        for object_id, found in reads.items()
        if len(found) == 1 and OBJECTS[object_id].sort is Sort.BOOLEAN
    }
    return AirProduct(
        product=profile.product,
        title=profile.title,
        kind=profile.kind,
        interval_seconds=profile.interval_seconds,
        late_seconds=profile.late_beats * profile.interval_seconds,
        lost_seconds=profile.lost_seconds or max(10 * profile.interval_seconds, 900.0),
        life_years=profile.life_years,
        weak_dbm=profile.weak_dbm,
        counter_bits=profile.counter_bits,
        points=tuple(profile.points),
        _press=frozenset(each.id for name in profile.press for each in NAMES[name]),
        _alarms={known[key][0]: key for key in profile.points if key in ALARMS},
        _without_event={
            known[key][0]: False for key, told in profile.points.items() if all(one.object == "button" for one in told)
        },
        _as_said=as_said,
        _reads={object_id: tuple(found) for object_id, found in reads.items() if object_id not in as_said},
    )


def _reader(told: Told, point: Point, begins: bytes) -> _Read:
    if told.at is not None:
        return _raw_number(told, point, begins) if told.bit is None else _raw_bit(told.at, told.bit, begins)
    if point.kind is Kind.BOOLEAN:
        return bool
    return lambda said: _in_range(said, point) if isinstance(said, int | float) else None


def _raw_bit(at: int, bit: int, begins: bytes) -> _Read:
    mask = 1 << bit

    def read(said: ObjectValue) -> bool | None:
        if not isinstance(said, bytes) or not said.startswith(begins) or at >= len(said):
            return None
        return said[at] & mask != 0

    return read


def _raw_number(told: Told, point: Point, begins: bytes) -> _Read:
    at = told.at or 0
    size, signed = _RAW_TYPES[told.type or "u8"]
    stop = at + size
    # a quotient is the float nearest to the decimal that is meant: 101 / 10, not 101 * 0.1
    times, over = Decimal(str(told.scale)).as_integer_ratio()

    def read(said: ObjectValue) -> float | Fault | None:
        if not isinstance(said, bytes) or not said.startswith(begins) or stop > len(said):
            return None
        return _in_range(int.from_bytes(said[at:stop], "little", signed=signed) * times / over, point)

    return read


def _in_range(number: float, point: Point) -> float | Fault:
    if (point.low is not None and number < point.low) or (point.high is not None and number > point.high):
        return OUT_OF_RANGE
    return float(number)
