"""Hits: what a search found of another bureau's, reported to owner and finder."""
