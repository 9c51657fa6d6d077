"""A whole compound on loopback: doors, people and faults, for demos, tests and teaching.

It runs as its own process and imports neither `gateway` nor `drivers`, so that a bug shared by both sides cannot hide.

    loopback    the one gate: nothing is bound or reached but loopback
    compound    the seeded places: buildings, entrances, lines            rhythm    who passes which door when
    residents, permits    who lives there with which card, and the permits for them as CSV
    door, ring, controller, mailbox    the ACP-1 controller as a state machine, no clock and no I/O
    card, bank, table, admission    cards by their hash, the table in two banks, and whom it lets in
    registers, table_registers, pdu    its register map, and Modbus requests answered from it
    faults    a controller as the network sees it, and how its answers go wrong
    modbus    a TCP port for one controller          tcp_frames    its frames
    serial_wire, bus    a serial wire in true time    gateway, rtu    a TCP-to-RTU gateway, a pseudo-terminal, bare RTU over TCP
    verb, door_verbs, controller_verbs, network_verbs, acts    what can happen, by name
    detectors, receivers    which sensor hangs where with which key, and who hears it
    cooking    what burns on an ordinary day
    sensor, air, sensor_verbs    a sensor as a state machine, when all of them speak, and what can happen to them
    story, story_file, world    happenings as data, and all of it in time
    control, run, layout, backfill    started from outside; the configuration and the past day that go with it
"""
