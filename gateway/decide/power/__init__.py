"""The mains: which areas are without, what follows from that alone, and how long the box itself lasts."""
