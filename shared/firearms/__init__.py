"""What a firearm is called and what is marked on it: words and numbers by which records and traces mean the same."""
