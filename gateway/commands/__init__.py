"""What each command of `gridpost` does; `gateway/__main__.py` says what can be typed."""
