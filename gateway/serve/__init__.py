"""The HTTP face: what people and programs see of the house, and who may ask for what."""
