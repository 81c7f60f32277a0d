"""Making cards: key services of the three parties, one card by commands, whole batches."""
