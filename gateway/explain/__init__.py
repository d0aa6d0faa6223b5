"""Explains what happened to a request or a message in a sandbox, step by step, by the code that decides it."""
