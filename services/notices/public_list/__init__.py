"""The list of extracts that everybody may see."""
