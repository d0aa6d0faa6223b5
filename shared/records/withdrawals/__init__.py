"""Who received a record and was notified of its withdrawal, and those found late. `records.recalls` notifies them."""
