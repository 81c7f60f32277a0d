"""The PKI environment (证书环境) of 3.0 cards: certificates, a user PIN and a manager PIN, everything SM4 and SM3.

An environment of its own beside SSSE: its name ``PKI.社会保障`` is selected straight after reset, without SSSE, it
answers with an FCI of its own, and directory and application each have a master key of their own that is proved and
changed here. Inside SSSE nothing can be selected from outside.

No standard text was at hand: the commands are those of two issuing programs, one of them with a complete run whose
numbers recompute (``keypairs``). What the programs do not fix is marked inferred in the rows. Not here, because no
source shows a byte of them:

* signing with the key of 0013, enciphering and verifying in the card: no command, no data, no answer;
* change of the user PIN (84 5E with another P1 or P2), unblocking of either PIN, what follows a locked manager PIN;
* other modes of the commands that are here: 80 4E, 80 4A, 80 C2 and 80 C4 with other P1 P2 or data objects;
* SELECT of 0013 and 0015: whether the private keys lie in files that can be selected.

Known by effect only: the two bytes in front of a public key (readers drop them); whether the first step of 80 C9
answers data (its program looks at 9000 alone; here it answers none).
"""
