"""How a job of a benchmark runs as a child: named on the command line, it prints what it measured as one JSON object."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvloop

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


def run(jobs: Mapping[str, Callable[..., Awaitable[Mapping[str, float]]]]) -> None:
    """Run the job that the arguments name, in a folder of its own: JOB FOLDER, then what the job takes as JSON values."""
    job, folder, *arguments = sys.argv[1:]

    async def measure() -> Mapping[str, float]:
        return await jobs[job](Path(folder), *map(json.loads, arguments))

    print(json.dumps(uvloop.run(measure())))
