"""Messages are never lost and never come twice, whatever dies on the way: real processes, and faults under load."""
