"""The driver for charge points that speak OCPP 1.6J: the gateway is their central system, and they dial in."""
