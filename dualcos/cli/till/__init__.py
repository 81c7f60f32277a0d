"""A financial terminal at a till, on this machine: its parts, its steps, what is told of them."""
