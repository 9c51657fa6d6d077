"""Slices of the past for an investigation 协助调查, and the signed archive that they are handed out in."""
