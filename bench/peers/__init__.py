"""Gridpost beside its rivals: see README.md."""
