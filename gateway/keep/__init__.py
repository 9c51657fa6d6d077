"""The memory of the house: journal, history, latest values. One writer."""
