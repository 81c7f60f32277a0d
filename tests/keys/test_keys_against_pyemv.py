"""A second opinion: where PBOC says what EMV says, pyemv must agree; where it departs, the departure is named.

Departures not compared here: the MAC input of scripts (ATC and cryptogram inside), the PIN-change block (mask from
the ENC key), no hashing for PANs beyond 16 digits (option A always).
"""

import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keys_numbers import key

from keys import bank_cryptography
from keys.algorithms import TDES
from keys.mac import full_mac

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package imports TripleDES from its old place
    from pyemv import ac as emv_ac
    from pyemv import kd, mac

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

KEY = st.binary(min_size=16, max_size=16).filter(lambda k: k[:8] != k[8:])
PAN = st.text("0123456789", min_size=12, max_size=19)
PSN = st.text("0123456789", min_size=2, max_size=2)


@given(KEY, PAN, PSN)
def test_card_key_is_option_a(imk, pan, psn):
    assert bank_cryptography.card_key(key(TDES, imk), pan, psn).equals(key(TDES, kd.derive_icc_mk_a(imk, pan, psn)))


@given(KEY, st.binary(min_size=8, max_size=8), st.binary(min_size=2, max_size=2))
def test_arpc_is_method_1(session, arqc, arc):
    assert bank_cryptography.arpc(key(TDES, session), arqc, arc) == emv_ac.generate_arpc_1(session, arqc, arc)


@given(KEY, st.binary(max_size=60))
def test_mac_is_algorithm_3(session, data):
    assert full_mac(key(TDES, session), data) == mac.mac_iso9797_3(session[:8], session[8:], data, padding=2)


@given(KEY, st.binary(max_size=60))
def test_cryptogram_is_emvs(session, data):
    assert bank_cryptography.cryptogram(key(TDES, session), data) == emv_ac.generate_ac(session, data)


@given(KEY, st.binary(min_size=2, max_size=2))
def test_session_key_departs_from_emv(udk, atc):
    """PBOC-7 §11.1.3 enciphers 00…ATC and 00…NOT ATC; EMV's common session key puts ATC in front, then F0 or 0F."""
    made = bank_cryptography.session_key(key(TDES, udk), atc)
    assert not made.equals(key(TDES, kd.derive_common_sk(udk, atc + bytes(6))))
