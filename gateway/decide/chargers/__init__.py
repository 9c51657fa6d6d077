"""Chargers: what each port does, what it may do, how it is stopped, and the proof that it is (docs/charging.md)."""
