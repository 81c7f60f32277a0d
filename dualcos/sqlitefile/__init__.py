"""What is the same of all files that SQLite keeps for us: durable, known by their marks, their faults in words."""
