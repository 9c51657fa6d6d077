"""Writes the pages of docs/reference that are made from this folder: `python -m gateway.serve.reference docs/reference`."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway.serve.metrics import metrics_page
from gateway.serve.rights import rights_page


def write_pages(folder: Path) -> None:
    """Write rights.md and metrics.md into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rights.md").write_text(rights_page(), encoding="utf-8")
    (folder / "metrics.md").write_text(metrics_page(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
