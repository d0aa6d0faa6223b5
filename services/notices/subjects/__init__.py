"""The subjects of notices and criminal files: persons, organisations and things, and how they are searched."""
