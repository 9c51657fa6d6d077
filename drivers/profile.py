"""Products as data: finding, reading and checking the profiles of `drivers/profiles/` and of folders beside them.

The shape of a Modbus profile is in `drivers/product.py`, that of a sensor heard over the air in `drivers/ble/product.py`, that
of an MQTT device in `drivers/mqtt/shape.py`. No protocol library is imported here.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from drivers.findings import Finding, explain, read_yaml
from drivers.parts import spread
from drivers.product import Profile
from drivers.review import review
from drivers.vocabulary import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from drivers.findings import Written

__all__ = [
    "MEANINGS",
    "SHIPPED",
    "Profile",
    "ProfileError",
    "load_profile",
    "load_profile_file",
    "product_file",
    "products",
    "read_profile",
    "unreadable",
]

MODBUS = "modbus"
"""The protocol of a profile that names none."""

LINES: Mapping[str, str] = {
    MODBUS: "a Modbus line",
    "bthome": "a line of Bluetooth receivers",
    "mqtt": "an MQTT broker's line",
}
"""What people call the lines on which the products of each protocol are found."""

SHIPPED = Path(__file__).with_name("profiles")
"""The folder of the profiles that come with Gridpost."""


class ProfileError(Exception):
    """A profile that cannot be used, with everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def products(folders: Sequence[Path] = (), protocol: str = MODBUS) -> tuple[str, ...]:
    """The names of all products of a protocol in the shipped folder and in `folders`, sorted."""
    return tuple(sorted({path.stem for path in _files(folders) if _protocol(_written(path)) == protocol}))


def unreadable(folders: Sequence[Path] = ()) -> tuple[Finding, ...]:
    """What keeps files of these folders from being read at all, so that nobody can say for which line they are."""
    return tuple(
        found for path in _files(folders) if (written := _written(path)).data is None for found in written.findings
    )


def load_profile(product: str, folders: Sequence[Path] = ()) -> Profile:
    """Load a Modbus product by its name, which is also its file's name.

    Raises ProfileError when there is none, when two folders have one (both are named), or when it is wrong.
    """
    return load_profile_file(product_file(product, folders))


def load_profile_file(path: Path) -> Profile:
    """Load and check one file of a Modbus product. Raises ProfileError with all findings at once.

    A file that has not changed is read once: hundreds of controllers share one profile.
    """
    return _load(path, *_stamp(path))


def product_file(product: str, folders: Sequence[Path] = (), protocol: str = MODBUS) -> Path:
    """The file of a product. Raises ProfileError when there is none, or when two folders have one (both are named)."""
    found = [path for folder in (SHIPPED, *folders) if (path := folder / f"{product}.yaml").is_file()]
    if not found:
        known = products(folders, protocol)
        near = get_close_matches(product, known, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        raise ProfileError([Finding("", 0, "", f"there is no product {product!r}; {guess}known: {', '.join(known)}")])
    if len(found) > 1:
        where = " and in ".join(str(path) for path in found)
        raise ProfileError([Finding("", 0, "", f"the product {product!r} stands in {where}: rename one of them")])
    return found[0]


def read_profile(path: Path, protocol: str) -> Written:
    """A profile's file as it is written. Raises ProfileError when it cannot be read, or belongs to another protocol's lines."""
    written = _written(path)
    if written.findings:
        raise ProfileError(written.findings)
    other = _protocol(written)
    if other != protocol and other in LINES:
        what = f"the product {path.stem!r} is for {LINES[other]}, and not for {LINES[protocol]}"
        raise ProfileError([written.finding(("protocol",), what)])
    return written


def _files(folders: Sequence[Path]) -> Iterator[Path]:
    return (path for folder in (SHIPPED, *folders) for path in sorted(folder.glob("*.yaml")))


def _protocol(written: Written) -> str:
    return str(written.data.get("protocol", MODBUS)) if isinstance(written.data, dict) else MODBUS


def _stamp(path: Path) -> tuple[int, int]:
    """By what it is seen that a file changed."""
    try:
        status = path.stat()
    except OSError as error:
        raise ProfileError([Finding(str(path), 1, "", f"cannot be read: {error.strerror}")]) from None
    return status.st_mtime_ns, status.st_size


def _written(path: Path) -> Written:
    return _read(path, *_stamp(path))


@lru_cache(maxsize=64)
def _read(path: Path, _mtime_ns: int, _size: int) -> Written:
    return read_yaml(path)


@lru_cache(maxsize=64)
def _load(path: Path, _mtime_ns: int, _size: int) -> Profile:
    written = read_profile(path, MODBUS)
    try:
        as_written = Profile.model_validate(written.data)
        spread_out = spread(as_written)
    except ValidationError as error:
        raise ProfileError(explain(error, Profile, written)) from None
    complaints = [*spread_out.complaints, *review(spread_out)]
    findings = [written.finding(complaint.at, complaint.what) for complaint in complaints]
    if as_written.product != path.stem:
        findings.append(written.finding(("product",), f"must be the file's name, {path.stem!r}"))
    if findings:
        raise ProfileError(dict.fromkeys(findings))
    return spread_out.profile
