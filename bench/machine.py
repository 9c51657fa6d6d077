"""The machine that the figures were taken on: `python -m bench.machine` prints it as a table for the README."""

from __future__ import annotations

import os
import platform
import sqlite3
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from bench.figures import percentile

_COMMITS = 200


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30


def _file_system(path: Path) -> str:
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    return max((m for m in mounts if path.is_relative_to(m[0])), key=lambda mount: len(mount[0]))[1]


def _sync_milliseconds(folder: str) -> float:
    seconds = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_COMMITS):
            before = time.perf_counter()
            os.pwrite(file.fileno(), bytes(4096), 0)
            os.fdatasync(file.fileno())
            seconds.append(time.perf_counter() - before)
    return percentile(seconds, 0.5) * 1000


def describe() -> dict[str, str]:
    """What a reader needs in order to compare: processor, memory, system, versions, and how fast the disk commits."""
    with tempfile.TemporaryDirectory() as folder:
        return {
            "processor": f"{os.cpu_count()} x {_processor()}",
            "memory": f"{_memory_gib():.0f} GiB",
            "system": f"{platform.system()} {platform.release()}",
            "Python": f"{platform.python_version()}, uvloop {version('uvloop')}, SQLite {sqlite3.sqlite_version}",
            "disk": f"{_file_system(Path(folder).resolve())}, write and fdatasync of 4 kB {_sync_milliseconds(folder):.2f} ms",
        }


if __name__ == "__main__":
    print("\n".join(f"| {name} | {value} |" for name, value in describe().items()))
