"""docs/reference/configuration.md, made from the models: every key is documented where it is defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import BaseModel

from drivers.catalogue import CATALOGUE
from drivers.mqtt.config import MqttTls
from drivers.ocpp.config import TlsFiles
from drivers.secret import Secret
from gateway.config.audit import Retention
from gateway.config.channels import SECTIONS
from gateway.config.charging import ContactorAt, Limits, Lockers, Room
from gateway.config.compound import (
    Building,
    Compound,
    CompoundFile,
    Detectors,
    Grid,
    History,
    Http,
    Outbox,
    RuleConfig,
    Simulator,
    Telemetry,
)
from gateway.config.devices import COLUMNS, PART_KEYS, Part, Placed
from gateway.config.effects import EffectConfig, Fires, SwitchConfig
from gateway.config.escalation import Again, PolicyConfig, StepConfig, WeeklyConfig
from gateway.config.incidents import CategoryConfig, IncidentsConfig
from gateway.config.people import Codes, Department, Person, Roster, Shift, Way
from gateway.config.power import Power
from gateway.deliver.audit.config import AuditConfig, HeadConfig, SyslogConfig
from gateway.deliver.backup_config import BackupConfig, BackupPlace
from gateway.deliver.county.config import CountyConfig
from gateway.deliver.influx.config import InfluxConfig
from gateway.deliver.mqtt.config import MqttConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """# Configuration

Made from the code (`gateway/config/`, `drivers/`); `gridpost schema` prints the same as a JSON schema.
Unknown keys are refused. `gridpost check compound.yaml` says everything that is wrong at once.
"""

HOUSE = {
    "compound": Compound,
    "grids": Grid,
    "codes": Codes,
    "people": Person,
    "people.reach": Way,
    "departments": Department,
    "roster": Roster,
    "roster.shifts": Shift,
    "buildings": Building,
    "http": Http,
    "history": History,
    "telemetry": Telemetry,
    "outbox": Outbox,
    "outlets`, kind `influxdb": InfluxConfig,
    "outlets`, kind `mqtt": MqttConfig,
    "audit": AuditConfig,
    "audit.head": HeadConfig,
    "audit.syslog": SyslogConfig,
    "retention": Retention,
    "backup": BackupConfig,
    "backup.to": BackupPlace,
    "password`, `token`, `key": Secret,
    "simulator": Simulator,
    "rules": RuleConfig,
    "detectors": Detectors,
    "rooms": Room,
    "rooms.limits": Limits,
    "rooms.contactor": ContactorAt,
    "lockers": Lockers,
    "incidents": IncidentsConfig,
    "incidents.categories": CategoryConfig,
    "county": CountyConfig,
    "escalation": PolicyConfig,
    "escalation.steps": StepConfig,
    "escalation.again": Again,
    "escalation.weekly": WeeklyConfig,
    "effects": EffectConfig,
    "effects.switch": SwitchConfig,
    "fires": Fires,
    "power": Power,
    **SECTIONS,
}

OF_LINES: dict[str, type[BaseModel]] = {"mqtt`, `tls": MqttTls, "ocpp`, `tls": TlsFiles}
"""What stands inside a line."""


def configuration_page() -> str:
    """The page."""
    parts = [
        HEAD,
        *_section("A file", CompoundFile, "compound.yaml, or one that it includes."),
    ]
    for name, model in HOUSE.items():
        parts += _section(f"`{name}`", model, (model.__doc__ or "").strip())
    for driver, line in CATALOGUE.items():
        parts += _section(
            f"`lines`, driver {driver}",
            line,
            (line.__doc__ or "").strip(),
            leave_out=("profile_folders", "credential_key", "detectors", "conformance"),
        )
        (device,) = get_args(line.model_fields["devices"].annotation)[:1]
        parts += _section(f"`lines.devices`, driver {driver}", device, (device.__doc__ or "").strip())
    for name, model in OF_LINES.items():
        parts += _section(f"`lines`, driver `{name}`", model, (model.__doc__ or "").strip())
    parts += _section("`lines.devices`, every driver", Placed, "Where a device stands; drivers never see these keys.")
    parts += _section(
        "`lines.devices.parts`, every driver", Part, "A part of a device; the keys of doors also under `doors`."
    )
    columns = ", ".join(f"`{column}`" for column in COLUMNS)
    parts.append(
        f"\n## `devices`: CSV lists\n\nColumns: {columns}. A column whose name starts with `#` is a remark, and so is a row "
        "whose\nfirst field does. A row names the `line` that reaches it; a line that no file has is made from the row.\n"
        f"Columns such as `doors.escape` or `door1.name` say what `doors` and `parts` do: {', '.join(PART_KEYS)}.\n"
    )
    return "".join(parts)


def _section(title: str, model: Any, text: str, leave_out: tuple[str, ...] = ()) -> Iterator[str]:
    yield f"\n## {title}\n\n{text}\n\n| key | what | default |\n|---|---|---|\n"
    for name, field in model.model_fields.items():
        if name not in leave_out:
            default = "required" if field.is_required() else _default(field.get_default(call_default_factory=True))
            yield f"| `{field.alias or name}` | {field.description or _kind(field.annotation)} | {default} |\n"


def _default(value: Any) -> str:
    if value in ((), {}, "", None) or isinstance(value, BaseModel):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(annotation: Any) -> str:
    return str(get_origin(annotation) or getattr(annotation, "__name__", annotation))
