"""The table of tries has every row that authenticates, and every refusal each of them declares."""

from __future__ import annotations

from dualcos.lab.conformance.coverage import tables
from dualcos.lab.conformance.try_counters import COUNTED
from vectors.generate import tries

# What else refusals may change: no count of failures, or the bank's own counters that have vectors of their own.
OTHERS = frozenset(("application block", "script indicators", "ATC at its end", "key usability"))
# Declared words that no presentation at its place can get, with the reason.
ELSEWHERE = {
    "ssse 0082 EXTERNAL AUTHENTICATION": {0x6581},  # damaged memory
    "ssse 805E CHANGE PIN": {0x6581},
    "ssse 8424 PIN CHANGE/UNBLOCK": {0x6581, 0x6A88},  # no STK: nothing is proved where there are no keys
    "ssse 0020 VERIFY": {0x6A88},  # no PIN at all, so no tries
    "manager 0082 EXTERNAL AUTHENTICATION": {0x6A88},  # no card master key yet: SSC-10 §5.2
    "manager 80E0 0300 TRANSPORT KEY AUTHENTICATION": {0x6985},  # there is no transport key any more
    "psam 80E0 0300 TRANSPORT KEY AUTHENTICATION": {0x6985},
    "pse 0020 VERIFY": {0x6984, 0x6A81},  # 6984: locked, first in a transaction (figure 7); 6A81: a card without PIN
    "pse-making 8482 EXTERNAL AUTHENTICATE (channel)": {0x6982},  # a wrong C-MAC: it is the other wrong presentation
    "pki 845E CHANGE PIN": {0x6581},
    "pki 0082 EXTERNAL AUTHENTICATION (master key)": {0x6A88},  # an application without its own master key
}
WRONG = range(0x63C0, 0x63D0)


def test_every_count_of_failures_is_known_by_its_name():
    named = {cell for _, rows in tables() for row in rows for cell in row.writes}
    assert named <= COUNTED | OTHERS


def test_every_authenticating_row_has_its_vectors():
    assert {shown.row for shown in tries.presentations()} | {tries.ISSUER} == set(tries.authenticating())


def test_every_refusal_a_row_declares_has_its_vector():
    for name, row in tries.authenticating().items():
        if name == tries.ISSUER:
            continue
        mine = [shown for shown in tries.presentations() if shown.row == name]
        told = {int(refusal.name[:4], 16) for shown in mine for refusal in tries.refusals_of(shown)}
        told |= {int(word, 16) for shown in mine for word in (*shown.words, shown.then)}
        declared = {word for word in row.words if word not in WRONG} | {0x6700, 0x6A86, 0x6E00}
        assert declared - told - ELSEWHERE.get(name, set()) == set(), name
        assert not ELSEWHERE.get(name, set()) & told, name


def test_every_kind_of_cipher_meets_the_others_random_numbers():
    """Where an environment gives random numbers that do not serve a key, there is a vector for that key."""
    unusable = set()
    for shown in tries.presentations():
        unusable |= {(shown.row, shown.name) for each in shown.refusals if "6984-" in each.name}
    assert {row for row, _ in unusable} >= {
        "ssse 0082 EXTERNAL AUTHENTICATION",
        "manager 0082 EXTERNAL AUTHENTICATION",
        "psam 0082 EXTERNAL AUTHENTICATION",
        "pse-making 0082 EXTERNAL AUTHENTICATE (master key)",
        "ssse 8424 PIN CHANGE/UNBLOCK",
    }
    assert {name for _, name in unusable} >= {"UK-3DES-IN-SM4", "KID5-3DES-IN-SM4", "AMK-3DES-IN-SM4"}
