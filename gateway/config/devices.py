"""Lines and devices as written: what belongs to the driver, what belongs to the house, and rows of CSV lists."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError, field_validator

from drivers.catalogue import CATALOGUE
from drivers.findings import Finding, Location, Written, explain, split
from gateway.config.written import Id
from gateway.config.written import Written as Model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from drivers.contract import LineConfig

SERIAL = "serial."
"""Columns of a line's serial port begin with this: `serial` alone is the serial number of a device."""

LINE_COLUMNS = (
    "driver",
    "host",
    "port",
    "framing",
    "serial.path",
    "serial.baud",
    "serial.parity",
    "serial.stop_bits",
)
HOUSE_KEYS = ("building", "entrance", "flat", "name", "room", "doors", "parts")
COLUMNS = (
    "id",
    "line",
    *LINE_COLUMNS,
    "unit",
    "product",
    "serial",
    "adapter",
    "proxy",
    "topic",
    "identity",
    "building",
    "entrance",
    "flat",
    "name",
    "room",
)
"""The columns of a CSV device list. A column whose name starts with `#` is a remark; so is a row whose id does."""

PART_KEYS = ("name", "escape", "lock", "owner", "maintainer", "used")
"""What a column such as `door1.escape` may say of a part, and `doors.escape` (without a name) of all doors of a device."""


class Doors(Model):
    """What holds for a door: whom it lets out, and who answers for it."""

    escape: bool | None = Field(
        default=None,
        description="Doors only, and there required: whether it is on an escape route, and so is opened by a fire release.",
    )
    lock: Literal["fail_safe", "fail_secure"] | None = Field(
        default=None,
        description="Doors only, and there required: `fail_safe` is open without power (magnetic lock), `fail_secure` is shut.",
    )
    owner: str = Field(default="", description="Doors only: whose door it is.")
    maintainer: str = Field(default="", description="Doors only: who mends it, and how to reach them.")
    used: bool = Field(default=True, description="`false` for a door of the controller that is not connected.")


class Part(Doors):
    """A part of a device, such as a door."""

    name: str = Field(default="", description="What people call it.")


class Placed(Model):
    """Where a device stands: the keys of a device that the driver never sees."""

    building: Id | None = Field(default=None, description="The building that it belongs to.")
    entrance: str = Field(default="", description="The unit (entrance) of that building, as people say it.")
    flat: str = Field(
        default="",
        description="The flat in which it stands, such as 501: while there is gas in it, nobody switches it.",
    )
    name: str = Field(default="", description="What people call the device.")
    room: Id | None = Field(default=None, description="Of a charger: the charging room in which it stands.")
    doors: Doors = Field(
        default=Doors(), description="What holds for every door of the device whose part does not say otherwise."
    )
    parts: dict[str, Part] = Field(
        default={},
        description="Its parts: `door1: {name: 单元大门, escape: true, lock: fail_safe, owner: 物业, maintainer: ...}`. A text "
        "alone is the name of a part that is no door.",
    )

    @field_validator("parts", mode="before")
    @classmethod
    def _named(cls, parts: Any) -> Any:
        if isinstance(parts, dict):
            return {part: {"name": said} if isinstance(said, str) else said for part, said in parts.items()}
        return parts

    def part(self, name: str, *, door: bool) -> Part:
        """What was written of a part; of a door, with what was written of all doors of the device."""
        said = self.parts.get(name, Part())
        if not door:
            return said
        return Part.model_validate({**self.doors.model_dump(exclude_unset=True), **said.model_dump(exclude_unset=True)})


@dataclass(slots=True)
class LineDraft:
    """A line as written, with where each piece of it was written."""

    at: Finding
    raw: dict[str, Any]
    lines: Mapping[Location, int]
    devices: list[DeviceDraft] = field(default_factory=list)


@dataclass(slots=True)
class DeviceDraft:
    """A device as written: `raw` is the driver's part, `placed` the house's."""

    at: Finding
    raw: Any
    lines: Mapping[Location, int]
    placed: Placed


def drafts(written: Written, raws: Iterable[dict[str, Any]], findings: list[Finding]) -> list[LineDraft]:
    """The lines of one YAML file; what is wrong with the house's keys is added to `findings`."""
    lines = []
    below_lines = split(written.lines, ("lines",))
    for number, raw in enumerate(raws):
        own = {key: value for key, value in raw.items() if key != "devices"}
        line = LineDraft(written.finding(("lines", number), ""), own, below_lines.get(number, {}))
        below_devices = split(line.lines, ("devices",))
        devices = raw.get("devices", [])
        if not isinstance(devices, list):
            findings.append(written.finding(("lines", number, "devices"), "must be a list of devices"))
            devices = []
        for index, device in enumerate(devices):
            place = ("lines", number, "devices", index)
            at = written.finding(place, "")
            house = {k: v for k, v in device.items() if k in HOUSE_KEYS} if isinstance(device, dict) else {}
            rest = {k: v for k, v in device.items() if k not in HOUSE_KEYS} if isinstance(device, dict) else device
            below = below_devices.get(index, {})
            line.devices.append(DeviceDraft(at, rest, below, _placed(house, at, below, findings)))
        lines.append(line)
    return lines


def csv_drafts(path: Path, lines: dict[str, LineDraft], findings: list[Finding]) -> None:
    """Add the rows of a CSV device list to the lines that they name, making lines as needed."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        findings.append(Finding(str(path), 1, "", f"cannot be read: {getattr(error, 'strerror', None) or error}"))
        return
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = [column.strip() for column in next(reader, [])]
        known = [column for column in header if not column.startswith("#")]
        strange = {column for column in known if column not in COLUMNS and not _of_a_part(column)}
        if wrong := sorted(strange) or sorted({"id", "line"} - set(known)):
            what = f"the columns are {', '.join(COLUMNS)} and door1.escape and the like; look at: {', '.join(wrong)}"
            findings.append(Finding(str(path), 1, "", what))
            return
        for row in reader:
            at = Finding(str(path), reader.line_num, row[0] if row else "", "")
            if not any(row) or row[0].startswith("#"):
                continue
            if len(row) != len(header):
                findings.append(at.saying(f"has {len(row)} fields, the header has {len(header)}"))
                continue
            _add_row(
                {k: v.strip() for k, v in zip(header, row, strict=True) if k in known and v.strip()},
                at,
                lines,
                findings,
            )
    except csv.Error as error:
        findings.append(Finding(str(path), reader.line_num, "", f"is not CSV: {error}"))


def _add_row(row: dict[str, Any], at: Finding, lines: dict[str, LineDraft], findings: list[Finding]) -> None:
    name = row.pop("line", "")
    if not name:
        findings.append(at.saying("the column line is empty: name the line that reaches the device"))
        return
    of_line: dict[str, Any] = {key: row.pop(key) for key in LINE_COLUMNS if key in row}
    port = {key.removeprefix(SERIAL): of_line.pop(key) for key in list(of_line) if key.startswith(SERIAL)}
    if port:
        of_line["serial"] = port
    line = lines.get(name)
    if line is None:
        line = lines[name] = LineDraft(at, {"id": name, **of_line}, {(key,): at.line for key in of_line})
    elif clash := [key for key, said in of_line.items() if _as_text(line.raw.get(key, said)) != _as_text(said)]:
        findings.append(at.saying(f"line {name} has another {' and '.join(clash)} ({line.at.file}:{line.at.line})"))
    house = {key: row.pop(key) for key in HOUSE_KEYS if key in row}
    for column in [column for column in row if _of_a_part(column)]:
        part, _, key = column.partition(".")
        said = house.setdefault("doors", {}) if part == "doors" else house.setdefault("parts", {}).setdefault(part, {})
        said[key] = row.pop(column)
    below: dict[Location, int] = {(key,): at.line for key in (*row, *house)}
    line.devices.append(DeviceDraft(at, row, below, _placed(house, at, below, findings)))


def _as_text(said: Any) -> Any:
    """What YAML and a CSV row may both have said: a number here is a text there."""
    return {key: str(value) for key, value in said.items()} if isinstance(said, dict) else str(said)


def _of_a_part(column: str) -> bool:
    part, _, key = column.partition(".")
    return bool(part) and key in PART_KEYS


def line_config(draft: LineDraft, extra: Mapping[str, Any], findings: list[Finding]) -> LineConfig | None:
    """The driver's own configuration of a line; None when something is wrong with it, which is then in `findings`."""
    name = draft.raw.get("driver", "modbus")
    model = CATALOGUE.get(name) if isinstance(name, str) else None
    if model is None:
        findings.append(
            draft.at.saying(f"there is no driver {name!r}; known: {', '.join(sorted(CATALOGUE))}", "driver")
        )
        return None
    of_the_house = {key: value for key, value in extra.items() if key in model.model_fields}
    if "detectors" in draft.raw:
        findings.append(draft.at.saying("detectors are written in the section `detectors`, not at a line", "detectors"))
        return None
    if "conformance" in draft.raw:
        findings.append(
            draft.at.saying("is no key of a line: it is the flag --conformance of gridpost run", "conformance")
        )
        return None
    if "detectors" in of_the_house:  # the driver is told their kinds; where they are is the house's
        of_the_house["detectors"] = {device: place.kind for device, place in extra["detectors"].items()}
    raw = {"driver": name, **of_the_house, **draft.raw, "devices": [device.raw for device in draft.devices]}
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        lines = {(): draft.at.line, **draft.lines}
        for number, device in enumerate(draft.devices):
            lines |= {("devices", number, *way): line for way, line in {(): device.at.line, **device.lines}.items()}
        findings.extend(
            _belongs(found, draft) for found in explain(error, model, Written(draft.at.file, raw, lines, ()))
        )
        return None


def _belongs(found: Finding, draft: LineDraft) -> Finding:
    """Where a complaint about a line was written: at one of its devices, which may stand in another file, or at the line."""
    for number, device in enumerate(draft.devices):
        prefix = f"devices[{number}]"
        if found.key == prefix or found.key.startswith(prefix + "."):
            at = replace(device.at, line=found.line)
            return at.saying(found.what, found.key.removeprefix(prefix).removeprefix("."))
    return replace(draft.at, line=found.line).saying(found.what, found.key)


def _placed(house: dict[str, Any], at: Finding, lines: Mapping[Location, int], findings: list[Finding]) -> Placed:
    try:
        return Placed.model_validate(house)
    except ValidationError as error:
        written = Written(at.file, house, {(): at.line, **lines}, ())
        found = explain(error, Placed, written)
        findings.extend(replace(at, line=each.line).saying(each.what, each.key) for each in found)
        return Placed()
