"""Incidents on their way to the county's platform, and what proves that a word is the platform's (docs/county.md)."""
