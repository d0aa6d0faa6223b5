"""The hits of a bureau, and the confirmation of each against its clock."""
