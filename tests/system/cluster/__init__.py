"""A mesh whose broker is a cluster of three NATS servers."""
