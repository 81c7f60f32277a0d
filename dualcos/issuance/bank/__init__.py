"""The cooperating bank (合作银行): its input, its keys, the bank side of a card. Knows neither maker nor bureau."""
