"""What crosses the broker, byte for byte: envelopes, the directory, messages and their evidence. No input or output."""
