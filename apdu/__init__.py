"""The language between terminal and card: commands, responses, status words, TLV, ATR. Knows no card."""
