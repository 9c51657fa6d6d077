"""`gridpost backup` and `gridpost restore`: beside a running gateway as well as without one."""

from __future__ import annotations

import asyncio
import getpass
import logging
import os
import re
import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import typer
from pydantic import ValidationError

from drivers.findings import Written, explain, read_yaml
from drivers.secret import Secret, SecretMissing
from gateway.collect.clock import Clock
from gateway.commands import WRONG
from gateway.commands.bars import bar
from gateway.deliver.backup_config import BackupConfig, BackupPlace
from gateway.deliver.backup_files import configuration_files
from gateway.deliver.backup_places import PlaceFailed, place_of
from gateway.deliver.backups import Backups, ledger_copy, made_backup, source_of
from gateway.keep.backup import BackupFailed
from gateway.keep.backup_reading import verify_backup
from gateway.keep.backup_restore import RestoreRefused, restore_backup
from gateway.keep.folder import FolderError
from gateway.keep.own_ca import OwnCa
from gateway.keep.sealed import Key, KeyWrong, NotWhole, new_key
from gateway.works import Works

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.keep.backup import Source
    from gateway.keep.backup_manifest import Manifest

HOUR, DAY = 3600.0, 86_400.0
COMPOUND_ID = r"[a-z0-9][a-z0-9_-]{0,39}"
"""As `compound.id` must be: it is part of the names of backups."""


@dataclass(frozen=True, slots=True)
class _Settings:
    compound: str
    key: Secret
    backup: BackupConfig | None


class _NotSet(Exception):
    """The configuration does not say what a backup needs, as sentences."""


def backup_now(config: Path, data: Path, to: str, key: Path | None) -> int:
    """Make a backup and carry it to the configured places, or to one other place; returns the exit code."""
    try:
        settings = _settings(config, key)
        if to:
            return asyncio.run(_to_one_place(settings, _place(to, settings.backup), config, data))
        if settings.backup is not None:
            return asyncio.run(_to_all_places(settings, settings.backup, config, data))
        typer.echo(
            f"{config} has no section `backup`: write one (docs/backup.md), or name a place with --to.", err=True
        )
    except ValidationError as error:
        typer.echo(f"{to}: {error.errors()[0]['msg'].removeprefix('Value error, ')}", err=True)
    except (_NotSet, BackupFailed, PlaceFailed) as wrong:
        typer.echo(str(wrong), err=True)
    return WRONG


def make_key(file: Path) -> int:
    """Write a new key into a file that nobody else can read; returns the exit code."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
            target.write(new_key() + "\n")
    except FileExistsError:
        typer.echo(f"{file} is there already and may be the only key to some backup. Name another file.", err=True)
        return WRONG
    except OSError as error:
        typer.echo(f"{file} cannot be written: {error.strerror}.", err=True)
        return WRONG
    typer.echo(
        f"{file} is the key to every backup that is made with it. Put a copy of it where neither this box nor the backups "
        "are: without it nobody can read them, not even you."
    )
    return 0


def verify(file: Path, key: Path | None) -> int:
    """Say whether a backup is whole, and what is in it; returns the exit code."""

    def work() -> None:
        with bar("Reading", file.stat().st_size) as went:
            manifest = verify_backup(file, _key(key), went)
        _show(manifest)

    return _on_backup(file, work)


def restore(file: Path, data: Path, config: Path | None, key: Path | None, erasures: Path | None) -> int:
    """Restore a backup into new folders, and forget again whom the house was told to; returns the exit code."""

    def work() -> None:
        with bar("Restoring", file.stat().st_size) as went:
            restored = restore_backup(file, _key(key), data, config, Clock()(), erasures, went)
        _show(restored.manifest)
        typer.echo(f"Restored: the data folder {restored.data}")
        typer.echo(restored.forgotten.in_words)
        _tell_of_tls(restored.data)
        if restored.main is None:
            typer.echo("The configuration was not restored: --config DIR restores it too.")
            return
        typer.echo(f"Restored: the configuration {restored.main}")
        if restored.secrets_moved:
            typer.echo(f"It names {restored.secrets_moved} secret(s) in this data folder now: it had another name.")
        typer.echo(f"Before you start it: gridpost check {restored.main} --data {restored.data}")

    return _on_backup(file, work)


def _tell_of_tls(data: Path) -> None:
    own_ca = OwnCa.of(data)
    if own_ca.ca.exists():
        try:
            typer.echo(
                f"Restored: the box's own authority, which phones go on believing: {own_ca.fingerprint()}\n"
                f"If this box has other names or addresses: gridpost tls --data {data}"
            )
        except FolderError as wrong:
            typer.echo(str(wrong), err=True)


async def _to_all_places(settings: _Settings, backup: BackupConfig, config: Path, data: Path) -> int:
    backups = Backups(
        backup,
        compound=settings.compound,
        data=data,
        config_file=config,
        say=lambda _: None,
        clock=Clock(),
        works=Works(),
    )
    logging.getLogger("gridpost").addHandler(logging.NullHandler())  # who sits at the terminal is told below
    with bar("Making a backup", None):
        manifest = await backups.make(backup.to)
    if manifest is not None:
        _show(manifest)
    for age in backups.ages:
        typer.echo(f"{age.place}: {'whole and read back' if age.ok else age.why}", err=not age.ok)
    return 0 if all(age.ok for age in backups.ages) else 1


async def _to_one_place(settings: _Settings, place: BackupPlace, config: Path, data: Path) -> int:
    history = settings.backup is None or settings.backup.history

    def source() -> Source:
        return source_of(data, settings.compound, config, history=history)

    with bar("Making a backup", None):
        async with made_backup(data, source, settings.key.read, Clock()()) as made:
            await place_of(place, data).put(made)
        async with ledger_copy(data, settings.compound) as ledger:
            if ledger is not None:
                await place_of(place, data).put(ledger)
    _show(made.manifest)
    typer.echo(f"{place.target.rstrip('/')}/{made.path.name}: whole and read back, {made.bytes:,} bytes")
    return 0


def _settings(config: Path, key: Path | None) -> _Settings:
    """The two sections that a backup needs, wherever they stand; nothing else has to be right. Raises `_NotSet`."""
    compound, backup = _sections(config)
    if re.fullmatch(COMPOUND_ID, compound) is None:
        raise _NotSet(f"{config} does not say which compound this is. gridpost check {config} says more.")
    if key is not None:
        secret = Secret(file=str(key))
        return _Settings(compound, secret, backup and backup.model_copy(update={"key": secret}))
    if backup is None:
        raise _NotSet(f"{config} has no section `backup`: write one (docs/backup.md), or name --to and --key.")
    return _Settings(compound, backup.key, backup)


def _sections(config: Path) -> tuple[str, BackupConfig | None]:
    compound = ""
    backup: BackupConfig | None = None
    for file in configuration_files(config).files.values():
        if file.suffix not in (".yaml", ".yml"):
            continue
        written = read_yaml(file)
        sections = written.data if isinstance(written.data, dict) else {}
        if isinstance(about := sections.get("compound"), dict):
            compound = compound or str(about.get("id", ""))
        if backup is None and "backup" in sections:
            try:
                backup = BackupConfig.model_validate(sections["backup"])
            except ValidationError as error:
                of_backup = Written(str(file), sections["backup"], written.below(("backup",)), ())
                found = explain(error, BackupConfig, of_backup)
                said = (replace(each, key="").saying(each.what, f"backup.{each.key}") for each in found)
                raise _NotSet("\n".join(map(str, said))) from error
    return compound, backup


def _place(to: str, backup: BackupConfig | None) -> BackupPlace:
    """The configured place of that name, else one as it is. A person who names a folder knows on which disk it is."""
    for place in backup.to if backup is not None else ():
        if place.target == to:
            return place
    if to.startswith(("http://", "https://")):
        return BackupPlace(url=to)
    return BackupPlace(folder=to, same_disk_allowed=True)


def _key(file: Path | None) -> Key:
    """From a file, else from the terminal. Raises `KeyWrong`."""
    if file is not None:
        try:
            return Key.parse(Secret(file=str(file)).read())
        except SecretMissing as missing:
            raise KeyWrong(f"The key is not there: {missing}.") from missing
    if not sys.stdin.isatty():
        raise KeyWrong("The key is missing: name its file with --key FILE.")
    return Key.parse(getpass.getpass("Passphrase: "))


def _on_backup(file: Path, work: Callable[[], None]) -> int:
    try:
        work()
    except (NotWhole, KeyWrong, RestoreRefused) as wrong:
        typer.echo(str(wrong), err=True)
        return WRONG
    except OSError as error:
        typer.echo(f"{file} cannot be read: {error.strerror}.", err=True)
        return WRONG
    return 0


def _show(manifest: Manifest) -> None:
    seconds = Clock()().utc - manifest.utc
    age = f"{seconds / DAY:.0f} days" if seconds >= 2 * DAY else f"{max(0.0, seconds) / HOUR:.1f} hours"
    made = time.strftime("%Y-%m-%d %H:%M", time.localtime(manifest.utc))
    doubt = "" if manifest.trusted else ", by a clock that was not synchronised"
    typer.echo(
        f"Backup of {manifest.compound}, made {made} ({age} ago{doubt}) by Gridpost {manifest.gridpost}: the journal to row "
        f"{manifest.journal_seq}, {manifest.days} day(s) of history, "
        f"{sum(part.path.startswith('config/') for part in manifest.parts)} file(s) of the configuration, "
        f"{manifest.secrets} secret(s)."
    )
    if manifest.audit_head:
        typer.echo(f"The audit's head in it: {manifest.audit_head}")
    for sentence in manifest.left_out:
        typer.echo(f"Not in it: {sentence}")
    if manifest.elsewhere:
        typer.echo("Not in it, because it lies outside the data folder; bring it along:")
    for place in manifest.elsewhere:
        typer.echo(f"  {place}")
