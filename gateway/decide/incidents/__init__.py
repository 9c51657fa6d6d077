"""Incidents: the grid's work items, from the first alarm or report to the day when a person closes them (docs/incidents.md)."""
