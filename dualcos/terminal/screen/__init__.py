"""A terminal as whoever stands at it sees it: one view of what it says and asks, whoever shows it and answers."""
