"""The local mesh on one machine, and the parts of it for real deployments, all derived from the list of services."""
