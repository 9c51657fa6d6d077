"""One tiny driver of each shape, with a real peer on loopback: what the contract must be able to carry."""
