"""The driver for devices behind an MQTT broker: a line is one broker and one session on it."""
