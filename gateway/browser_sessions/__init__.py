"""The sessions of officers who use the pages of a gateway in a browser."""
