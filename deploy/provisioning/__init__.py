"""Creates keys, directory entries, accounts, databases and broker configuration."""
