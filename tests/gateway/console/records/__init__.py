"""Records in the console: their pages and forms."""
