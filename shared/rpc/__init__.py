"""Signed requests and replies between participants, and what a participant knows of the others."""
