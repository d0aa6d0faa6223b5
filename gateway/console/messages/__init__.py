"""The messages of a bureau: what came, what was sent, conversations, groups, and the proof of each message."""
