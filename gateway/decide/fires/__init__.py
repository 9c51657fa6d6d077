"""Fires: what confirms one, what follows from it by the table of cause and effect, trial operation, drills."""
