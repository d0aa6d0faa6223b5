"""Envelopes that must be refused, each in a file with the reason; `make` generates them."""
