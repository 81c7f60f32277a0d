"""A second host that makes mistakes on purpose, one at a time, and what a trace must say of each.

Written from the standards alone: nothing here is taken from what looks for the mistakes, nor from the first host's
computations. ``explained_card`` is the card and who reads its trace, ``mistake_case`` what a case is and how it is
judged, ``second_ciphers`` the ciphers by the library itself.
"""
