"""Modbus TCP: planning reads, decoding answers, the wire and the driver of one line."""
