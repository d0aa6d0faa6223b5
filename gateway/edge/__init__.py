"""The HTTP edge of a gateway: limits, access, logging and refusals, one for every way that a request takes."""
