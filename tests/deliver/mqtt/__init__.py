"""Tests of the MQTT outlet, against a real broker."""
