"""Where a box finds its configuration, and how it begins when there is none yet."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Final

from gateway.keep.own_ca import OwnCa
from gateway.setting_up.draft import Draft
from gateway.setting_up.wizard import SettingUp

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "compound.yaml"
FIRST_BIND: Final = "0.0.0.0:8443"
"""A new box has no screen: its page is for the phones around it, encrypted by its own certificate."""

_ELSEWHERE: Final = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Addresses of nobody (RFC 5737, RFC 3849): asked which of ours would speak to them, the system sends nothing."""


def written_configuration(named: Path, data: Path) -> Path | None:
    """The configuration that is there: the named file, else the one that the wizard wrote beside the data; None for neither."""
    return next((path for path in (named, data / FILE) if path.exists()), None)


def begin(named: Path, data: Path, http: str, utc: float) -> SettingUp:
    """Set up a box that knows nothing yet. `http` is where the command line wants the page, "" for `FIRST_BIND`.

    The configuration will be the named file; where that folder cannot be written (a service sees /etc so), it will be in the
    data folder. Raises FolderError.
    """
    draft = Draft.open(data)
    own_ca = OwnCa.of(data)
    if not http and not own_ca.exists:
        host = socket.gethostname().partition(".")[0].lower()
        own_ca.make("", [host, f"{host}.local"], own_addresses(), utc)
    target = named if os.access(named.parent, os.W_OK) else data / FILE
    return SettingUp(data, draft, target.absolute(), None if http else {"bind": FIRST_BIND})


def own_addresses() -> list[str]:
    """The addresses by which this box speaks to others, its own loopback last."""
    found = []
    for elsewhere, family in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as asking:
                asking.connect((elsewhere, 9))
                found.append(str(asking.getsockname()[0]))
        except OSError:
            continue
    return list(dict.fromkeys((*found, "127.0.0.1", "::1")))
