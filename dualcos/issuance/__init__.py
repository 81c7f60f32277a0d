"""The two issuers' side of a card's birth."""
