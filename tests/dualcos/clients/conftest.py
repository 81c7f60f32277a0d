"""Cards and conversations, made once for all clients."""

from __future__ import annotations

import pytest

from keys.sm2 import Sm2Private
from tests.dualcos.clients.conversations import Cards, conversations


@pytest.fixture(scope="package", autouse=True)
def sm2_once():
    """SM2 takes longer than all the rest. The same pair is checked once, the same cipher text deciphered once."""
    check, decipher, pairs, plain = Sm2Private.__init__, Sm2Private.decipher, set(), {}

    def checked(self, value, public):
        if (value, public) not in pairs:
            check(self, value, public)
            pairs.add((value, public))
        self._value, self.public = value, public

    def deciphered(self, cipher):
        key = self.public, cipher
        if key not in plain:
            plain[key] = decipher(self, cipher)
        return plain[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sm2Private, "__init__", checked)
        patch.setattr(Sm2Private, "decipher", deciphered)
        yield


@pytest.fixture(scope="package")
def cards():
    return Cards()


@pytest.fixture(scope="package")
def said(cards):
    return conversations(cards.bench)
