"""Who is on duty where: people, teams, shifts, absence, and the hand-over from one to the next (docs/duty.md)."""
