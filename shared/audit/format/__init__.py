"""The formats of the audit log: leaves, commitments, lists and proof files. No input or output."""
