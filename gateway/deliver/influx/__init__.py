"""InfluxDB as a destination: 1.x, 2.x and 3, by one setting."""
