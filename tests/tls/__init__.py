"""Participants and broker authenticate each other by TLS; a man in the middle can neither read nor change anything."""
