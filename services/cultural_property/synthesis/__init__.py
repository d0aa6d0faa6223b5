"""The tables from which synthetic works of art are drawn."""
