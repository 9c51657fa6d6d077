"""Carries outcomes out: one file per destination."""
