"""Judgement: event and time in, outcomes out. No clock, no input or output, no globals.

`Judge` in `judge.py` is the door to this floor. `alarms.py` holds the life cycle of an alarm, `watch.py` turns a value or a
fact into "raise" and "clear" with delays and deadband, `deadline.py` makes time survive a restart, `acts.py` decides what a
person may do.
"""
