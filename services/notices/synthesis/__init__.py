"""Makes up synthetic notices and criminal files, about people who do not exist."""
