"""Criminal files: what a bureau enters of a person, and the links between files on one person."""
