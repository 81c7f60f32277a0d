"""What goes onto cards: input files checked row by row, both sides matched, one record per card."""
