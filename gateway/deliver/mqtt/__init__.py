"""Telemetry, alarms, ended commands and device events on an MQTT broker: topics and payloads are in docs/mqtt.md."""
