"""Signatures, encryption and transparency-log hashes. Imports nothing of the project but `files`."""
