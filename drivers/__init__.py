"""Drivers speak to devices. They know nothing of the gateway."""
