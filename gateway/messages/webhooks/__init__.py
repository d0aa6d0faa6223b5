"""Webhooks: the events of a mailbox, signed and posted to an officer's system until it accepts them."""
