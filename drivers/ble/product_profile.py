"""The file of a sensor product: its shape, and what can be wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, field_validator

from drivers.ble.bthome_objects import NAMES, Object, Sort
from drivers.ble.kinds import GROUPS
from drivers.contract import Kind, Point
from drivers.entry import Entry
from drivers.parts import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterator

Place: TypeAlias = tuple[int, int]
"""Where a point stands in `GROUPS` of its kind: (group, index)."""

_RECEIVED: Final = frozenset({"signal", "heard_by"})
"""Points that the receivers tell of a sensor, and not its packets."""

_AT_LEAST_ONE: Final[Mapping[str, tuple[str, ...]]] = {
    "smoke": ("smoke",),
    "heat": ("heat", "temperature"),
    "gas": ("gas", "gas_level"),
    "co": ("co", "co_level"),
}
"""Points of which a product of each kind must tell one, because without it nothing could ever alarm."""


def _no_such_object(name: str) -> str:
    near = get_close_matches(name, NAMES, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no object {name!r}; {guess}known: {', '.join(sorted(NAMES))}"


class Told(Entry):
    """By which object a point is told: `{object: smoke}`, or a bit or a number inside the maker's own `raw` object."""

    object: str
    at: Annotated[int, Field(ge=0, le=250)] | None = None
    """The byte of a raw object, 0 is the first."""
    bit: Annotated[int, Field(ge=0, le=7)] | None = None
    """The bit of that byte, 0 is the least significant."""
    type: Literal["u8", "s8", "u16", "s16", "u32", "s32"] | None = None
    """The number at that byte, little-endian as everything in BTHome."""
    scale: Annotated[float, Field(gt=0, le=1e6)] = 1
    """value = number * scale."""

    @field_validator("object")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in NAMES:
            raise ValueError(_no_such_object(name))
        return name


class AirProfile(Entry):
    """A sensor product as its file has it."""

    product: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    title: str
    protocol: Literal["bthome"]
    source: Annotated[str, Field(min_length=1)]
    """The document from which this was taken."""
    kind: Literal["smoke", "gas", "co", "heat"]
    interval_seconds: Annotated[float, Field(gt=0, le=86_400)]
    """How often the sensor is to be heard."""
    late_beats: Annotated[int, Field(ge=1, le=100)] = 3
    """After how many intervals of silence it is late."""
    lost_seconds: Annotated[float, Field(gt=0, le=7 * 86_400)] | None = None
    """After how long a silence it is lost; left out: ten intervals, and a quarter of an hour at the least."""
    life_years: Annotated[float, Field(gt=0, le=30)]
    """How long it may hang before it has to be replaced."""
    weak_dbm: Annotated[int, Field(ge=-127, le=0)] = -90
    """A signal below this is too weak to rely on."""
    counter_bits: Literal[16, 32] = 32
    """16: the counter of this product begins anew at 65,536, and that is no replay."""
    press: tuple[str, ...] = ()
    """The objects that tell that the test button is pressed, such as `button` or `smoke`; by it an installer enrols."""
    raw_begins: Annotated[str, Field(pattern=r"^([0-9a-f]{2})*$")] = ""
    """With which bytes (hex) the maker's raw object begins; any other is not read."""
    points: Mapping[str, tuple[Told, ...]]
    """By which objects each point is told. One of several that says true makes a boolean true."""

    @field_validator("points", mode="before")
    @classmethod
    def _one_needs_no_list(cls, points: Any) -> Any:
        if not isinstance(points, Mapping):
            return points
        return {key: (told,) if isinstance(told, Mapping) else told for key, told in points.items()}


def places(kind: str) -> dict[str, tuple[Place, Point]]:
    """The points that a product of a kind may tell, by key."""
    return {
        point.key: ((number, index), point)
        for number, group in enumerate(GROUPS[kind])
        for index, point in enumerate(group.points)
        if point.key not in _RECEIVED
    }


def review(profile: AirProfile) -> Iterator[Complaint]:
    """What only the whole file can show."""
    if not any(key in profile.points for key in _AT_LEAST_ONE[profile.kind]):
        needed = " or ".join(_AT_LEAST_ONE[profile.kind])
        yield Complaint(("points",), f"a {profile.kind} sensor tells {needed}, and nothing here does")
    for key, told in profile.points.items():
        for wrong in _wrong_with(key, told, profile.kind):
            yield Complaint(("points", key), wrong)
    for index, name in enumerate(profile.press):
        if name not in NAMES:
            yield Complaint(("press", index), _no_such_object(name))
        elif not _says_yes_or_no(NAMES[name][0]):
            yield Complaint(("press", index), f"the object {name} is neither true nor false, nor the button")
    if profile.lost_seconds is not None and profile.lost_seconds < profile.late_beats * profile.interval_seconds:
        yield Complaint(("lost_seconds",), "it would be lost before it is late (late_beats * interval_seconds)")


def _wrong_with(key: str, told: tuple[Told, ...], kind: str) -> Iterator[str]:
    known = places(kind)
    if key not in known:
        yield f"a {kind} sensor has no point {key!r}; known: {', '.join(sorted(known))}"
        return
    point = known[key][1]
    if not told:
        yield "name the object that tells it"
    if len(told) > 1 and point.kind is not Kind.BOOLEAN:
        yield "a number is told by one object"
    for each in told:
        wrong = _misread(each, point) if each.object == "raw" else _misfit(each, point)
        if wrong:
            yield wrong


def _says_yes_or_no(each: Object) -> bool:
    return each.sort is Sort.BOOLEAN or each.name == "button"


def _misread(told: Told, point: Point) -> str:
    """Why that part of a raw object cannot tell a point; "" where it can."""
    if told.at is None:
        return "a raw object needs `at`: which byte of it"
    if point.kind is Kind.BOOLEAN:
        fits = told.bit is not None and told.model_fields_set == {"object", "at", "bit"}
        return "" if fits else f"{point.key} is true or false: a `bit` of the raw object and nothing else"
    fits = told.type is not None and told.bit is None
    return "" if fits else f"{point.key} is a number: say the `type` that it has in the raw object"


def _misfit(told: Told, point: Point) -> str:
    """Why any other object cannot tell a point; "" where it can."""
    each = NAMES[told.object][0]
    if told.model_fields_set != {"object"}:
        return "at, bit, type and scale belong to the raw object"
    if point.kind is Kind.BOOLEAN:
        fits = _says_yes_or_no(each)
        return "" if fits else f"{point.key} is true or false, and the object {told.object} is not"
    if each.sort is not Sort.NUMBER:
        return f"{point.key} is a number, and the object {told.object} is not"
    if each.unit != point.unit:
        return f"{point.key} is in {point.unit}, and the object {told.object} in {each.unit or 'no unit'}"
    return ""
