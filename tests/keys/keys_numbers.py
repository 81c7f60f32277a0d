"""Keys invented for the tests and the card they belong to; one place, so that every file means the same card."""

from keys.algorithms import DES, SM4, TDES
from keys.key_handle import KeyHandle

CITY = "310100"
HISTORICAL = bytes.fromhex("0081544C86869931010000A1B2")
ROOT = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")

FACTOR = bytes.fromhex("9F4C21E07B3A58D6")
ORIGINAL = bytes.fromhex("3D1E8A6B70C2F495")
RANDOM = bytes.fromhex("5AC3907E12F4B86D")
RANDOM_4 = bytes.fromhex("C7D1042E")

K3_VALUE = bytes.fromhex("A80757D28A24D4ED6376B5B0C7447699")
KS_VALUE = bytes.fromhex("1B8927DC34DC34184027D493F2837538")
K8_VALUE = bytes.fromhex("62CD1A5675B68B1C")


def key(algorithm, value):
    return KeyHandle(algorithm, bytes.fromhex(value) if isinstance(value, str) else value)


def card_keys():
    """The card-level key of each algorithm, by the letter the numbers use."""
    return {"K3": key(TDES, K3_VALUE), "KS": key(SM4, KS_VALUE), "K8": key(DES, K8_VALUE)}
