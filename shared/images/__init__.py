"""Images of strangers: parsed and written anew, and decoded by processes that may do nothing else."""
