"""The audit over HTTP: read, verified, taken out; written by nobody."""
