"""Field copies of a kind of record, which bureaus take for posts that work offline: each is one disclosure."""
