"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("gridpost", deadline=None)  # how fast something is stands in bench/, not in a test
settings.load_profile("gridpost")
