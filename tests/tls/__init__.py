"""Participants and broker prove who they are to each other, and nobody between them learns or changes anything."""
