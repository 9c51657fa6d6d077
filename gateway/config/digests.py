"""What the audit says of a configuration that was taken or refused: digests, by which it is seen later what changed."""

from __future__ import annotations

from dataclasses import fields
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.deliver.backup_files import configuration_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from drivers.contract import Json
    from gateway.config.plan import Plan

CONFIGURATION: Final = "configuration"
"""What was done, in the audit."""

_NO_SECTIONS = ("path", "drivers", "site_key", "warnings", "placed", "sensors", "serials")
"""Fields of a plan that are no section of the file, follow from others, or are secret."""


def section_digests(plan: Plan) -> dict[str, str]:
    """A digest of each section. Secrets are not in it: a configuration says only where they are."""
    names = [field.name for field in fields(plan) if field.name not in _NO_SECTIONS]
    return {name: sha256(repr(getattr(plan, name)).encode()).hexdigest()[:16] for name in names}


def file_digests(path: Path) -> dict[str, str]:
    """SHA-256 of each file that a configuration is made of, by its path below the folder that holds them all. Blocks."""
    found: dict[str, str] = {}
    for name, file in configuration_files(path).files.items():
        try:
            found[name] = sha256(file.read_bytes()).hexdigest()
        except OSError:
            found[name] = ""
    return found


def taken(
    how: str, files: Mapping[str, str], before: Mapping[str, Json], plan: Plan, later: Sequence[str] = ()
) -> Json:
    """The audit's body for one that was taken; `before` are the digests of the one before, empty for the first."""
    sections = section_digests(plan)
    changed = sorted(name for name, digest in sections.items() if before.get(name) != digest) if before else []
    return {
        "how": how, "files": dict(files), "sections": sections, "changed": changed, "later": list(later), "result": "taken",
    }  # fmt: skip


def refused(how: str, files: Mapping[str, str], findings: int) -> Json:
    """The audit's body for one that was not taken; what is wrong with it stands in the log of the process."""
    return {"how": how, "files": dict(files), "findings": findings, "result": "refused"}
