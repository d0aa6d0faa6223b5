"""The search of the console, over the real services."""
