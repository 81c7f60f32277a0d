"""Keys: algorithms, derivation, MACs, cryptograms, and the card's key store. The only room that computes."""
