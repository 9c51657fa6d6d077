"""What people look at: the status page and the texts that it shares with notifications."""

from __future__ import annotations

from pathlib import Path

PAGE = Path(__file__).parent / "status" / "dist"
"""The built status page: `index.html` and `assets/`. It is made by `packaging/build_page.py` and absent until then."""
