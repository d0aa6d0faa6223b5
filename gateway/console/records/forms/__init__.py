"""Forms to enter and correct records, made of the schemas of the API, and the actions on a record."""
