"""Independent linters find nothing wrong with the documents of the gateway and of the network."""
