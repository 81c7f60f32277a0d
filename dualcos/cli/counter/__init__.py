"""A social terminal at a counter, on this machine: its parts, its steps, what is told of them."""
