"""Detectors: which sensor hangs where, and what the places say of life, of themselves and of the radio that hears them."""
