"""What happened stays said: the chain over the log, its checkpoints, what reads, verifies and prunes it."""
