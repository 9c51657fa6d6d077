"""What an installer writes, read and checked: `compound.yaml`, its includes and its CSV device lists.

`load` in `load.py` says everything that is wrong at once; `compound.py` has the models; `devices.py` tells what belongs to the
driver from what belongs to the house; `alarm_rules.py` turns rules into what decide understands.
"""
