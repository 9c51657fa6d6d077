"""Products as data: finding, reading and checking the profiles of `drivers/profiles/` and of folders beside them.

The shape of a profile is in `drivers/product.py`. No protocol library is imported here.
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
    from collections.abc import Iterable, Sequence

__all__ = ["MEANINGS", "SHIPPED", "Profile", "ProfileError", "load_profile", "load_profile_file", "products"]

SHIPPED = Path(__file__).with_name("profiles")
"""The folder of the profiles that come with Gridpost."""


class ProfileError(Exception):
    """A profile that cannot be used, with everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


def products(folders: Sequence[Path] = ()) -> tuple[str, ...]:
    """The names of all products in the shipped folder and in `folders`, sorted."""
    return tuple(sorted({path.stem for folder in (SHIPPED, *folders) for path in folder.glob("*.yaml")}))


def load_profile(product: str, folders: Sequence[Path] = ()) -> Profile:
    """Load a product by its name, which is also its file's name.

    Raises ProfileError when there is none, when two folders have one (both are named), or when it is wrong.
    """
    found = [path for folder in (SHIPPED, *folders) if (path := folder / f"{product}.yaml").is_file()]
    if not found:
        known = products(folders)
        near = get_close_matches(product, known, n=1)
        guess = f"did you mean {near[0]!r}? " if near else ""
        raise ProfileError([Finding("", 0, "", f"there is no product {product!r}; {guess}known: {', '.join(known)}")])
    if len(found) > 1:
        where = " and in ".join(str(path) for path in found)
        raise ProfileError([Finding("", 0, "", f"the product {product!r} stands in {where}: rename one of them")])
    return load_profile_file(found[0])


def load_profile_file(path: Path) -> Profile:
    """Load and check one file. Raises ProfileError with all findings at once.

    A file that has not changed is read once: hundreds of controllers share one profile.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise ProfileError([Finding(str(path), 1, "", f"cannot be read: {error.strerror}")]) from None
    return _load(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _load(path: Path, _mtime_ns: int, _size: int) -> Profile:
    written = read_yaml(path)
    if written.findings:
        raise ProfileError(written.findings)
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
