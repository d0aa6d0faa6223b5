"""The pages of records: each kind as its owner entered it, with its history, and the forms to enter and correct it."""
