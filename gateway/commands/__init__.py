"""What each command of `gridpost` does; `gateway/__main__.py` says what can be typed."""

from __future__ import annotations

WRONG = 2
"""The exit code for what a person must correct."""
