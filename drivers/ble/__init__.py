"""The driver for sensors that speak over Bluetooth LE: a line is a set of receivers that hear the same sensors."""
