"""The records of a service: who may see them, how they change, how they are searched and when they end."""
