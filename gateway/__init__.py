"""The HTTP edge of a bureau: it authenticates, signs, routes and verifies, and knows no domain."""
