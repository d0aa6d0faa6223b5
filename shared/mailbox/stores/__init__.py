"""The parts of the store of a mailbox, each with its own tables, all in one session: see `store`."""
