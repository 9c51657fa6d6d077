"""Parcel lockers: which compartment is doing what, who may have it opened, and what that must never lead to (docs/lockers.md)."""
