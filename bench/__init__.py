"""What is measured, with device simulators of its own. It drives the gateway from outside, as a child process."""
