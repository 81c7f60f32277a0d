"""A terminal that stands on this machine, whichever kind: its cards, its steps, and who asks for and hears of them."""
