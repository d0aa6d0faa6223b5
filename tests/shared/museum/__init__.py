"""Envelopes that must be refused, each a file with the reason, made by `make`."""
