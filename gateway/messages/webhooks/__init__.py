"""Webhooks: what happens in a mailbox, posted to an officer's system, signed, until it takes it."""
