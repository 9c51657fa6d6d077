"""Keeps each line alive: starts a driver, restarts it with back-off, says once "lost" and once "back"."""
