"""The HTTP edge of a gateway: limits, access, logging and refusals, the same for every request."""
