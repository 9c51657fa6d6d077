"""Writes the pages under docs/reference that are made from the code: `make reference`."""

from __future__ import annotations

from pathlib import Path

from gateway.config.reference import configuration_page
from gateway.serve.metrics import metrics_page
from gateway.serve.rights import rights_page

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "reference"
PAGES = {"configuration.md": configuration_page, "metrics.md": metrics_page, "rights.md": rights_page}

if __name__ == "__main__":
    REFERENCE.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), "utf-8")
