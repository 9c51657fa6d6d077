"""Replays: each folder here is a case. Adding a case adds a folder.

    compound.yaml    the configuration
    events.jsonl     what happens, with `at` in seconds from the start
    expected.jsonl   what follows, with `at`: alarms (those about doors, detectors and fires with their sentence, tests and
                     trials marked, a priority when it changed), refusals, what controllers and chargers are to hold because
                     of fire, what is switched by the table of effects, and what would have been on trial

Events, one of: `sample` {device: {key: value}} (other points keep their last value; a value of null is bad) · `alive` [devices
that say again each second what they said last] · `link` {device: "lost"} · `line` {line: "lost"} ·
`hang` {detector: product} · `take_down` detector · `hear` {detector: {key: value}} (what was never told has no value) ·
`walk` [detectors that are tested] · `event` {device: {kind, and its body}} · `command` {device: command} ·
`ask` {device: [command, arguments]} · `ack` alarm · `verify` {alarm: "real" or "false"} · `reset` alarm (an alarm by its rule,
or by its key) · `trial` {building: days} · `accepted` {building: report} · `kill` seconds until it runs again ·
`reboot` seconds without power · `step` seconds that the clock on the wall jumps by · `trust` whether the clock is believed.

Time is what the events say: a replay of a day takes a second. No socket is opened.
"""
