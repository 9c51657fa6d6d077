"""Which files a configuration is made of, right or wrong, and which secrets it names: a backup takes the files as they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.findings import read_yaml
from gateway.keep.backup_manifest import DATA, is_part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class ConfigurationFiles:
    """The files by their path below the folder that holds them all, so that what they say of each other still fits."""

    files: Mapping[str, Path] = field(default_factory=dict)
    main: str = ""
    folder: str = ""
    """That folder."""


_PLACES = {"env": "the environment variable", "credential": "the credential", "file": "the file"}
"""The three places of a `drivers.secret.Secret`, for people."""

_FILES = ("ca_file", "cert_file", "key_file", "certificate")
"""Keys whose value is a file of certificates or keys. What is beside a `certificate` as `key` is one too."""


def configuration_files(path: Path) -> ConfigurationFiles:
    """`compound.yaml`, what it includes, device lists and product profiles. Secrets in files of their own are not among them.

    Blocks. A file that cannot be understood is among them, but not what it would have named.
    """
    found = list(dict.fromkeys(file.resolve() for file in _found(path.resolve(), set())))
    top = Path(os.path.commonpath([file.parent for file in found]))
    files = {str(file.relative_to(top)): file for file in found}
    return ConfigurationFiles(files, str(found[0].relative_to(top)), str(top))


def secrets_elsewhere(configuration: ConfigurationFiles, data: Path) -> tuple[str, ...]:
    """The secrets, keys and certificates that a configuration names and that a backup of that data folder has not, as words.

    Blocks. Each by where it stands, such as "backup.key: the file /etc/gridpost/backup.key".
    """
    named: dict[str, None] = {}
    for file in configuration.files.values():
        if file.suffix in (".yaml", ".yml"):
            named |= dict.fromkeys(_secrets(read_yaml(file).data, "", data))
    return tuple(named)


def _secrets(written: object, at: str, data: Path) -> Iterator[str]:
    if isinstance(written, list):
        for index, each in enumerate(written):
            yield from _secrets(each, f"{at}[{index}]", data)
    elif isinstance(written, dict) and (place := _place(written)) is not None:
        if place != "file" or not _is_kept(written[place], data):
            yield f"{at}: {_PLACES[place]} {written[place]}"
    elif isinstance(written, dict):
        for key, value in written.items():
            below = f"{at}.{key}" if at else str(key)
            if isinstance(value, str) and value and (key in _FILES or (key == "key" and "certificate" in written)):
                if not _is_kept(value, data):
                    yield f"{below}: the file {value}"
            else:
                yield from _secrets(value, below, data)


def _place(written: dict[Any, Any]) -> str | None:
    """In which place of the three a secret is; None for what is no secret."""
    if len(written) != 1:
        return None
    [(key, value)] = written.items()
    return key if key in _PLACES and isinstance(value, str) else None


def _is_kept(file: str, data: Path) -> bool:
    """Whether it is a file of the data folder that a backup takes."""
    path = Path(file)
    try:
        return path.parent.parent.resolve() == data.resolve() and is_part(f"{DATA}/{path.parent.name}/{path.name}")
    except (OSError, ValueError, RuntimeError):  # a letter that no file has, links in a circle
        return False


def _found(path: Path, seen: set[Path]) -> Iterator[Path]:
    if path in seen:
        return
    seen.add(path)
    yield path
    data = read_yaml(path).data
    if not isinstance(data, dict):
        return
    yield from (path.parent / name for name in _texts(data, "devices"))
    for folder in _texts(data, "profiles"):
        yield from sorted((path.parent / folder).glob("*.yaml"))
    for pattern in _texts(data, "include"):
        for below in sorted(path.parent.glob(pattern)):
            yield from _found(below.resolve(), seen)


def _texts(data: dict[str, Any], key: str) -> list[str]:
    listed = data.get(key)
    return [text for text in listed if isinstance(text, str) and text] if isinstance(listed, list) else []
