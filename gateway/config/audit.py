"""Retention as an installer writes it, and whether the audit can leave the box as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from gateway.config.written import Written
from gateway.deliver.audit.config import SYSLOG
from gateway.keep.audit.terms import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.findings import Finding
    from drivers.findings import Written as File
    from gateway.config.compound import CompoundFile
    from gateway.config.plan import Plan


class Retention(Written):
    """How long the journal keeps what happened (docs/audit.md). What an investigation holds stays until it is released."""

    access_days: int = Field(
        default=90, ge=1, le=90, description="Who passed where, in days; then only how often a door was used each day."
    )
    audit_days: int = Field(default=183, ge=183, le=36_600, description="Who did what; the law asks for six months.")
    incident_days: int = Field(
        default=1095, ge=1095, le=36_600, description="Alarms, incidents and who was told of them."
    )

    @property
    def terms(self) -> Terms:
        """As the journal keeps them."""
        return Terms(self.access_days, self.audit_days, self.incident_days)


def check_audit(files: list[tuple[File, CompoundFile]], plan: Plan) -> Iterable[Finding]:
    """Whether the head goes to somebody, and what is simulated stays on this machine."""
    for written, file in files:
        if (audit := file.audit) is None:
            continue
        known = {channel.id for channel in plan.channels} | {person.id for person in plan.people}
        for index, to in enumerate(audit.head.to if audit.head else ()):
            if to not in known:
                yield written.finding(("audit", "head", "to", index), f"there is no person or channel {to!r}")
        syslog = audit.syslog
        if syslog is None:
            continue
        if plan.compound.simulated and not (syslog.loopback or syslog.allow_simulated):
            what = f"{syslog.target} is not on this machine, and the compound is simulated: set allow_simulated to send"
            yield written.finding(("audit", "syslog", "host"), what)
        for name in ("ca_file", "cert_file", "key_file"):
            path = getattr(syslog, name)
            if path is not None and not path.is_file():
                yield written.finding(("audit", "syslog", name), f"there is no file {path}")
        if any(outlet.id == SYSLOG for outlet in plan.outlets):
            yield written.finding(("audit", "syslog"), f"an outlet is called {SYSLOG!r} already: rename it")
