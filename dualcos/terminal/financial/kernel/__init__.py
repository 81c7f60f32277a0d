"""The debit kernel: what a payment terminal does with a card, from selection to scripts (PBOC-6 §7)."""
