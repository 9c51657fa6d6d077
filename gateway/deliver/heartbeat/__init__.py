"""The dead man's switch: somebody off the box expects to hear from us, and raises the alarm when it does not."""
