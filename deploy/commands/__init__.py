"""The subcommands of `i247`."""
