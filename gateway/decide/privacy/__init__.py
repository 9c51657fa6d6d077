"""Assistance to investigations, and forgetting a person."""
