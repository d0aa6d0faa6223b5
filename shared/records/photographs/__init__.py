"""The photographs of records: their rules, tables and routes, for each kind that has some."""
