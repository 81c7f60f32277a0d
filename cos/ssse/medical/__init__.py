"""The off-line medical account of DF04 (医疗保险个人账户): amounts, states, load, purchase, proof."""
