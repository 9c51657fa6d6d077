"""How alarms are answered beside being raised: taken, verified, shelved, out of service; and when there are too many.

`Answering` in `answering.py` is the door to this room.
"""
