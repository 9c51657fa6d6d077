"""The first run over HTTP: a set-up code, and the wizard's steps."""
