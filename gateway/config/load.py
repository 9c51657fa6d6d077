"""Read `compound.yaml` with everything that it names, and say all that is wrong at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from drivers.findings import Finding, Written, explain, read_yaml
from gateway.config.alarm_rules import merged
from gateway.config.audit import Retention, check_audit
from gateway.config.channels import check_channels, check_sirens
from gateway.config.charging import Lockers, check_rooms
from gateway.config.checks import build_drivers, check_backup, check_detectors, check_escape, check_names, check_points
from gateway.config.compound import Compound, CompoundFile, History, Http, Outbox, Telemetry
from gateway.config.detectors import detectors_placed, sensor_rules
from gateway.config.devices import LineDraft, csv_drafts, drafts, line_config
from gateway.config.effects import Fires, merged_effects
from gateway.config.escalation_checks import check_escalation, escalation_warnings
from gateway.config.fires import check_effects
from gateway.config.incidents import IncidentsConfig, check_county, check_incidents
from gateway.config.people_checks import check_people
from gateway.config.plan import Plan
from gateway.config.power import check_power
from gateway.config.tls import check_tls, tls_warnings
from gateway.deliver.audit.config import AuditConfig
from gateway.keep.site_key import SIMULATED_KEY, site_key

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from gateway.config.compound import Building
    from gateway.serve.layout import DetectorPlace


class ConfigError(Exception):
    """The configuration cannot be used; `findings` says everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(dict.fromkeys(sorted(findings)))
        super().__init__("\n".join(map(str, self.findings)))


@dataclass(slots=True)
class _Reading:
    """What was read so far."""

    findings: list[Finding] = field(default_factory=list)
    files: list[tuple[Written, CompoundFile]] = field(default_factory=list)
    lines: dict[str, LineDraft] = field(default_factory=dict)
    folders: list[Path] = field(default_factory=list)
    seen: set[Path] = field(default_factory=set)


def load(path: Path, data: Path | None = None, *, conformance: bool = False, make_key: bool = True) -> Plan:
    """Read and check a configuration, for a gateway with that data folder. Raises ConfigError, and FolderError for the folder.

    Without a data folder, as for a check, no site key is at hand: `Plan.site_key` is empty and no line may be run.
    `conformance`: an outside suite is to work the lines of chargers; they then do nothing of their own accord. Without
    `make_key` the data folder is only looked at.
    """
    reading = _Reading()
    _read(path, reading)
    if not reading.files:
        raise ConfigError(reading.findings)
    findings = reading.findings
    rules = merged((written for written, _ in reading.files), findings)
    effects = merged_effects((written for written, _ in reading.files), findings)
    compound = _only("compound", reading) or _missing(reading)
    key = b"" if data is None else SIMULATED_KEY if compound.simulated else site_key(data, make=make_key)
    extra = {"profile_folders": tuple(reading.folders), "credential_key": key.hex() or None, "conformance": conformance}
    buildings = tuple(building for _, file in reading.files for building in file.buildings)
    detectors = _detectors(reading, buildings, compound.language)
    configs = [
        (draft, line_config(draft, {**extra, "detectors": detectors.get(name, {})}, findings))
        for name, draft in reading.lines.items()
    ]
    drivers = build_drivers(((draft, config) for draft, config in configs if config is not None), findings)
    plan = Plan(
        path,
        compound=compound,
        site_key=key,
        http=_only("http", reading) or Http(),
        history=_only("history", reading) or History(),
        telemetry=_only("telemetry", reading) or Telemetry(),
        outbox=_only("outbox", reading) or Outbox(),
        outlets=tuple(outlet for _, file in reading.files for outlet in file.outlets),
        backup=_only("backup", reading),
        audit=_only("audit", reading) or AuditConfig(),
        retention=_only("retention", reading) or Retention(),
        simulator=_only("simulator", reading),
        grids=tuple(grid for _, file in reading.files for grid in file.grids),
        codes=_only("codes", reading),
        people=tuple(person for _, file in reading.files for person in file.people),
        departments=tuple(department for _, file in reading.files for department in file.departments),
        rosters=tuple(roster for _, file in reading.files for roster in file.roster),
        channels=tuple(channel for _, file in reading.files for channel in file.channels),
        heartbeats=tuple(heartbeat for _, file in reading.files for heartbeat in file.heartbeat),
        escalation=tuple(policy for _, file in reading.files for policy in file.escalation),
        buildings=buildings,
        detectors={place.device: place for of_line in detectors.values() for place in of_line.values()},
        sensors=sensor_rules(reading.folders, findings) if detectors else {},
        lines=tuple(config for _, config in configs if config is not None),
        drivers=drivers,
        placed={
            str(device.raw["id"]): device.placed
            for draft in reading.lines.values()
            for device in draft.devices
            if isinstance(device.raw, dict) and "id" in device.raw
        },
        rules=rules,
        effects=effects,
        fires=_only("fires", reading) or Fires(),
        rooms=tuple(room for _, file in reading.files for room in file.rooms),
        lockers=_only("lockers", reading) or Lockers(),
        incidents=_only("incidents", reading) or IncidentsConfig(),
        county=_only("county", reading),
        power=_only("power", reading),
        serials={
            str(device.raw["id"]): str(device.raw["serial"])
            for draft in reading.lines.values()
            for device in draft.devices
            if isinstance(device.raw, dict) and "id" in device.raw and device.raw.get("serial") is not None
        },
    )
    findings += check_names(reading.files, reading.lines.values(), plan)
    findings += check_detectors(reading.files, reading.lines, plan)
    findings += check_channels(reading.files, plan)
    findings += check_people(reading.files, plan)
    findings += check_incidents(reading.files, plan)
    findings += check_escalation(reading.files, plan)
    findings += check_county(reading.files, plan)
    findings += check_audit(reading.files, plan)
    findings += check_tls(reading.files, plan)
    if data is not None:
        findings += check_backup(reading.files, data)
    if not findings:
        findings += check_points(reading.files, plan)
        findings += check_sirens(reading.files, plan)
        findings += check_effects(reading.files, plan)
        findings += check_escape(reading.lines.values(), plan)
        written = (device for line in reading.lines.values() for device in line.devices)
        findings += check_rooms(reading.files, {str(device.raw["id"]): device.at for device in written}, plan)
        findings += check_power(reading.files, plan)
    if findings:
        raise ConfigError(findings)
    warnings = (*plan.warnings, *escalation_warnings(reading.files, plan), *tls_warnings(reading.files, plan))
    return replace(plan, warnings=tuple(dict.fromkeys(warnings)))


def _detectors(
    reading: _Reading, buildings: tuple[Building, ...], language: str
) -> dict[str, dict[str, DetectorPlace]]:
    """Where sensors are to hang, by line and device; what stands twice is a finding."""
    by_line: dict[str, dict[str, DetectorPlace]] = {}
    seen: dict[str, Finding] = {}
    for written, file in reading.files:
        for index, pattern in enumerate(file.detectors):
            at = written.finding(("detectors", index), "")
            for place in detectors_placed([pattern], buildings, language):
                first = seen.setdefault(place.device, at)
                if first is not at:
                    there = f"{first.file}:{first.line}"
                    reading.findings.append(at.saying(f"{place.device!r} is there twice (first: {there})"))
                    break
                by_line.setdefault(place.line, {})[place.device] = place
    return by_line


def _read(path: Path, reading: _Reading) -> None:
    if path.resolve() in reading.seen:
        return
    reading.seen.add(path.resolve())
    written = read_yaml(path)
    reading.findings += written.findings
    if written.data is None:
        return
    try:
        file = CompoundFile.model_validate(written.data)
    except ValidationError as error:
        reading.findings += explain(error, CompoundFile, written)
        return
    reading.files.append((written, file))
    _read_lines(written, file, reading)
    for index, folder in enumerate(file.profiles):
        if (path.parent / folder).is_dir():
            reading.folders.append((path.parent / folder).resolve())
        else:
            reading.findings.append(written.finding(("profiles", index), f"there is no folder {folder}"))
    for name in file.devices:
        csv_drafts(path.parent / name, reading.lines, reading.findings)
    for index, pattern in enumerate(file.include):
        found = sorted(path.parent.glob(pattern))
        if not found:
            reading.findings.append(written.finding(("include", index), f"no file fits {pattern}"))
        for below in found:
            _read(below, reading)


def _read_lines(written: Written, file: CompoundFile, reading: _Reading) -> None:
    for draft in drafts(written, file.lines, reading.findings):
        name = str(draft.raw.get("id", f"{draft.at.file}:{draft.at.line}"))
        first = reading.lines.setdefault(name, draft)
        if first is not draft:
            there = f"{first.at.file}:{first.at.line}"
            reading.findings.append(draft.at.saying(f"line {name!r} is there twice (first: {there})"))


def _only(name: str, reading: _Reading) -> Any:
    """The one section of that name; a second one is a finding."""
    there = [(written, value) for written, file in reading.files if (value := getattr(file, name)) is not None]
    for written, _ in there[1:]:
        reading.findings.append(written.finding((name,), f"stands in {there[0][0].file} already"))
    return there[0][1] if there else None


def _missing(reading: _Reading) -> Compound:
    what = "the section `compound` is missing: at least `id` and `name`"
    reading.findings.append(reading.files[0][0].finding((), what))
    return Compound(id="none", name="none")
