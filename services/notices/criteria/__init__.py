"""The criteria of notices: what each colour requires, and what no notice may state."""
