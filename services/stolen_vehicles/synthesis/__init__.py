"""What synthetic vehicles are drawn from: makers with their codes, plates of all countries."""
