"""Offline verification of what an audit log proves. No input or output."""
