"""What passes between systems, as data: forms, their fields and rules. Nobody's behaviour."""
