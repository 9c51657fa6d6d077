"""The audit on its way off the box: each row by syslog, the chain's head once a day (docs/audit.md)."""
