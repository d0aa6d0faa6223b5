"""Standing of members in a gateway: the public list of measures, and the messages that tell a bureau of its own."""
