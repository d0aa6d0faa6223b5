"""Makes keys, directory entries, accounts and broker settings."""
