"""Which files a configuration is made of, right or wrong: a backup takes them as they are."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drivers.findings import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True)
class ConfigurationFiles:
    """The files by their path below the folder that holds them all, so that what they say of each other still fits."""

    files: Mapping[str, Path] = field(default_factory=dict)
    main: str = ""


def configuration_files(path: Path) -> ConfigurationFiles:
    """`compound.yaml`, what it includes, device lists and product profiles. Secrets in files of their own are not among them.

    Blocks. A file that cannot be understood is among them, but not what it would have named.
    """
    found = list(dict.fromkeys(file.resolve() for file in _found(path.resolve(), set())))
    top = Path(os.path.commonpath([file.parent for file in found]))
    return ConfigurationFiles({str(file.relative_to(top)): file for file in found}, str(found[0].relative_to(top)))


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
