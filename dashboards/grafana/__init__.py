"""Dashboards for Grafana: written in `pages/`, made into the JSON that Grafana reads by `python -m dashboards.grafana`.

Every query is InfluxQL over what docs/telemetry.md describes. A field's name means the same in every product, so a panel
names fields and takes any measurement: a product that is added tomorrow is on it without a change here.
"""

from __future__ import annotations
