"""A whole compound on loopback: doors, people and faults, for demos, tests and teaching.

It runs as its own process and imports neither `gateway` nor `drivers`, so that a bug shared by both sides cannot hide.

    loopback    the one gate: nothing is bound or reached but loopback
    compound    the seeded places: buildings, entrances, lines            rhythm    who passes which door when
    door, ring, controller, mailbox    the ACP-1 controller as a state machine, no clock and no I/O
    registers, pdu    its register map, and Modbus requests answered from it
    faults, modbus    the network side: stations behind TCP ports, and how their answers go wrong
    acts, story, world    what can happen, happenings as data, and all of it in time
    control, run, layout, backfill    started from outside; the configuration and the past day that go with it
"""
