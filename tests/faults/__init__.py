"""Messages are neither lost nor duplicated by any fault: real processes, and faults under load."""
