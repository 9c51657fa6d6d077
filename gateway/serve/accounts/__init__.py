"""Signing in, and who may: sessions, PINs, phones, duty screens, users and access tokens."""
