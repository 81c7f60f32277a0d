"""A full-function terminal at a cashier's, on this machine: both sides of a card, its bills, what is told of them."""
