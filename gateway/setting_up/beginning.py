"""Where a box finds its configuration, and how it begins when there is none yet."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from gateway.setting_up.addresses import FIRST_BIND, own_addresses, own_names
from gateway.setting_up.draft import Draft
from gateway.setting_up.wizard import SettingUp

if TYPE_CHECKING:
    from pathlib import Path

FILE: Final = "compound.yaml"


def written_configuration(named: Path, data: Path) -> Path | None:
    """The configuration that is there: the named file, else the one that the wizard wrote beside the data; None for neither."""
    return next((path for path in (named, data / FILE) if path.exists()), None)


def begin(named: Path, data: Path, http: str, utc: float) -> SettingUp:
    """Set up a box that knows nothing yet. `http` is where the command line wants the page, "" for `FIRST_BIND`.

    The configuration will be the named file; where that folder cannot be written (a service sees /etc so), it will be in the
    data folder. Raises FolderError.
    """
    from gateway.keep.own_ca import OwnCa

    draft = Draft.open(data)
    own_ca = OwnCa.of(data)
    if not http and not own_ca.exists:
        own_ca.make(own_names(), own_addresses(), utc)
    target = named if os.access(named.parent, os.W_OK) else data / FILE
    return SettingUp(data, draft, target.absolute(), None if http else {"bind": FIRST_BIND})
