"""The configuration of the NATS server, derived from the directory."""
