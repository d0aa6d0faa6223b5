"""Stolen valuables, below `/valuables`: watches, jewels, telephones and machines, found by their numbers."""
