"""docs/add-a-driver.md, followed to the letter in a copy of the checkout."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from tests.docs.page import ROOT, Reader, Saved, steps

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "add-a-driver.md"
NEEDED = (
    "drivers",
    "gateway",
    "dashboards/__init__.py",
    "dashboards/texts",
    "simulator",
    "bench",
    "tests",
    "pyproject.toml",
)


def test_a_reader_of_the_page_has_a_driver_that_keeps_the_contract(tmp_path: Path) -> None:
    for name in NEEDED:
        there, here = ROOT / name, tmp_path / name
        here.parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.copytree(there, here, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(there, here)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    instead = {"python -m": f"{sys.executable} -m", "gridpost check": f"{sys.executable} -m gateway check"}
    said = []

    with Reader(tmp_path, environment, instead) as reader:
        for step in steps(PAGE):
            if isinstance(step, Saved):
                reader.save(step)
            else:
                said.append(reader.type(step))

    conformance, check = said
    assert " passed" in conformance
    assert "failed" not in conformance
    assert "compound.yaml is right" in check
    assert "1 lines, 1 devices" in check
