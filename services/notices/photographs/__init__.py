"""The photographs of the records of this service."""
