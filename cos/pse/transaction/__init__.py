"""What the debit application decides in a transaction (交易): tables and pure functions over immutable values.

Persistent state is one ``Counters`` value, volatile state one ``Transaction`` value. Every function takes the old
values and answers the new ones; whoever calls it commits them in one go before the answer leaves the card.
"""
