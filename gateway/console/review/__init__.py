"""The pages of the review: the queue, what waits in it, decisions, statistics, and the side of the issuer."""
