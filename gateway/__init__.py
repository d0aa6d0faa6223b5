"""The HTTP gateway of a bureau: it authenticates, signs, routes and verifies. Does NOT know any domain."""
