"""The gateway daemon: drivers -> collect -> decide -> keep -> deliver -> serve."""

__version__ = "0.1.0"
