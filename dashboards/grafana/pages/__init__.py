"""The dashboards, in the order in which the links at the top show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.grafana.pages import air, charging, compound, doors, gateway

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.grafana.page import Page

PAGES: Sequence[Page] = (compound.PAGE, doors.PAGE, air.PAGE, charging.PAGE, gateway.PAGE)
