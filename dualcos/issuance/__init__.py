"""A card's birth (制卡): maker, bureau and bank, unaware of each other; the personaliser; what they exchange.

``parties_together`` is where a process that holds several parties' stores puts them side by side.
"""
