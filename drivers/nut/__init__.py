"""The driver of uninterruptible power supplies behind Network UPS Tools (RFC 9271)."""
