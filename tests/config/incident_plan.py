"""A configuration of two buildings, and what may be written about incidents in it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config.load import load

if TYPE_CHECKING:
    from gateway.config.plan import Plan

COMPOUND = """
compound: {id: happy, name: 幸福里}
grids:
  - {id: g1, name: 第一网格, code: "370102013006008"}
  - {id: g2, name: 第二网格}
buildings:
  - {id: b1, name: 1号楼, grid: g1}
  - {id: b2, name: 2号楼, grid: g2}
"""


def plan_with(more: str = "", *, simulated: bool = False) -> Plan:
    """The plan of that compound with more sections. Raises ConfigError."""
    text = COMPOUND.replace("name: 幸福里}", f"name: 幸福里, simulated: {str(simulated).lower()}}}", 1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "compound.yaml"
        path.write_text(text + more, "utf-8")
        return load(path)
