"""How notices are written to files and read from them: in the shape of the public API, and as FollowTheMoney."""
