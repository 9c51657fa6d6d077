"""Permits: who may open what and when, and what each controller is to know of it.

`Permits` in `permits.py` is the door to this room. `book.py` holds permits, groups and schedules; `desk.py` takes what people
ask for, `rights.py` says who may, `rows.py` what is wrong with it; `doors.py` knows which doors a permit reaches; `slots.py`,
`table.py` and `tables.py` make of it the table that each controller is to hold; `calendar.py` knows weeks and holidays;
`revoking.py` keeps a revocation open until the last controller has it; `enrolment.py` waits for a card.
"""
