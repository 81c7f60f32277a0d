"""The world around the card: readers, laboratory, issuers, and what explains them."""
