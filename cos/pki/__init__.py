"""The PKI environment (证书环境) of 3.0 cards: certificates, a user PIN and a manager PIN, everything SM4 and SM3.

An environment of its own beside SSSE: its name ``PKI.社会保障`` is selected straight after reset, without SSSE, it
answers with an FCI of its own, and directory and application each have a master key of their own that is proved and
changed here. Inside SSSE nothing can be selected from outside.

No standard text was at hand: the commands are those of two issuing programs, one of them with a complete run. What
neither shows is marked inferred in the rows, or absent: key pairs (80 40), import of keys (80 4E, 80 4A, 80 C2),
deciphering (80 C9), signing, change of the user PIN, unblocking.
"""
