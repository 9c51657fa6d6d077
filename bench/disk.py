"""What reaches the disk, as the process and as the device count it."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Self

_SECTOR_BYTES = 512
_SECTORS_WRITTEN = 9
"""The place in a line of /proc/diskstats (kernel documentation, admin-guide/iostats, field 7 behind the device's three)."""


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes written so far, by this process (/proc/self/io) and by everybody to the folder's device (NaN: unknown)."""

    process: float
    device: float

    @classmethod
    def now(cls, folder: Path) -> Self:
        """After a sync, so that nothing is on its way."""
        os.sync()
        fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return cls(float(fields["write_bytes"]), _device_bytes(folder))

    def __sub__(self, earlier: Written) -> Written:
        return Written(self.process - earlier.process, self.device - earlier.device)


def _device_bytes(folder: Path) -> float:
    number = folder.stat().st_dev
    for line in Path("/proc/diskstats").read_text().splitlines():
        fields = line.split()
        if (int(fields[0]), int(fields[1])) == (os.major(number), os.minor(number)):
            return float(fields[_SECTORS_WRITTEN]) * _SECTOR_BYTES
    return math.nan


def resident_bytes() -> int:
    """The memory that this process has at present."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
