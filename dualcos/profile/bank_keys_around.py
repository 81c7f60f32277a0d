"""Published keys of the bank's that are not in the card, and that a host may take for one that is (卡外银行密钥).

The issuer's master or the KMC without diversification; what comes of them by a wrongly cut factor; the keys of the
other published cards. A card whose keys were given ready has no masters. Made when a key did not fit, for that key
alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from cos.pse.data.data_groups import INTERNATIONAL, SM
from cos.pse.personalisation.prepersonalisation import CHANNEL_KID, CHANNEL_KINDS
from dualcos.dialogue.personalise_bank import KMC_VERSION
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.profile.bank_order import bank_card, key_data
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.hard_cases import HOLDERS
from dualcos.profile.schema import Profile, built_in
from dualcos.textforms.json_and_toml import from_toml
from dualcos.textforms.text_files import text_of
from keys.algorithms import SM4, TDES, Algorithm, invert, odd_parity, sha1
from keys.bank_cryptography import diversification_input
from keys.key_handle import KeyHandle

ISSUER = "issuer"
TIER, FACTOR, PARITY = "key.tier-above", "key.another-factor", "key.without-parity"
_PURPOSES: Mapping[int, str] = MappingProxyType({0x21: "ac", 0x22: "mac", 0x23: "enc"})
_HOME, _APPLICATION = "PSE", "PSE/ADF"


class BankKeysAround:
    """Of one profile with a bank side: what may have been taken for a key of its card."""

    def __init__(self, profile: Profile, bank: BankProfile) -> None:
        self._profile = profile
        self._bank = bank

    def of(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        """The keys around ``key`` that are of ``relation``, the likeliest first."""
        name = key.name
        if name.place == _APPLICATION and name.kind in _PURPOSES and name.number == 0:
            yield from self._of_application(key, relation)
        channel = name.kind in CHANNEL_KINDS and (name.number, name.version) == (CHANNEL_KID, KMC_VERSION)
        if channel and name.place in (_HOME, _APPLICATION):
            yield from self._of_channel(key, relation)

    def _master(self, key: SeenKey) -> SeenKey | None:
        """The issuer's, of the set of algorithms that the version of ``key`` tells."""
        name = _PURPOSES[key.name.kind]
        if key.name.version == INTERNATIONAL.key_version:
            return None if self._bank.keys.ready else _taken_for(key, TDES, self._profile.bank_key(name), TIER, ISSUER)
        if key.name.version == SM.key_version and self._bank.sm is not None:
            return _taken_for(key, SM4, self._profile.bank_sm_key(name), TIER, ISSUER)
        return None

    # --- the application's keys -----------------------------------------------------------------------------------

    def _of_application(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        master, card = self._master(key), bank_card(self._profile)
        if master is None:
            return
        right = diversification_input(card.pan, card.psn)
        if relation == TIER:
            yield master
        if relation == PARITY and master.algorithm is TDES:
            yield _derived(key, master, right, relation, "the right factor, without odd parity", parity=False)
        if relation == FACTOR:
            for how, factor in (*_factors(card.pan, card.psn), *_factors_of_others()):
                if factor != right:
                    yield _derived(key, master, factor, relation, how)

    # --- the channel's keys ---------------------------------------------------------------------------------------

    def _of_channel(self, key: SeenKey, relation: str) -> Iterator[SeenKey]:
        kmc = self._profile.bank_key("kmc")
        if relation == TIER:
            yield _taken_for(key, TDES, kmc, relation, ISSUER)
        if relation == FACTOR:
            data = key_data(self._profile, self._bank)
            number = CHANNEL_KINDS.index(key.name.kind) + 1
            for how, cut in _cuts(data):
                if cut != data[-6:]:
                    source = cut + bytes((0xF0, number)) + cut + bytes((0x0F, number))
                    value = KeyHandle(TDES, kmc).encrypt(source)
                    yield _taken_for(key, TDES, value, relation, f"{ISSUER}, {how}")


def _taken_for(key: SeenKey, algorithm: Algorithm, value: bytes, relation: str, place: str) -> SeenKey:
    check = KeyHandle(algorithm, value).check_value.hex().upper()
    name = key.name._replace(place=place, algorithm=algorithm.name, check_value=check)
    return SeenKey(name, algorithm, value, relation=relation)


def _derived(key: SeenKey, master: SeenKey, factor: bytes, relation: str, how: str, *, parity: bool = True) -> SeenKey:
    value = master.handle.encrypt(factor + invert(factor))
    value = odd_parity(value) if parity and master.algorithm is TDES else value
    return _taken_for(key, master.algorithm, value, relation, f"{ISSUER}, {how}")


# --- factors ----------------------------------------------------------------------------------------------------------


def _factors(pan: str, psn: str) -> Iterator[tuple[str, bytes]]:
    """How factors of 8 bytes are cut wrongly from account and sequence number."""
    yield "PAN without sequence number", diversification_input(pan, "")
    yield "PAN with sequence number 00", diversification_input(pan, "00")
    yield "leftmost digits of PAN and sequence number", bytes.fromhex((pan + psn)[:16].ljust(16, "0"))
    yield "PAN as it stands in 5A", bytes.fromhex((pan + "F" * (len(pan) % 2))[-16:].rjust(16, "0"))
    yield "sequence number in front", bytes.fromhex((psn + pan)[-16:].rjust(16, "0"))
    yield "PAN without check digit", diversification_input(pan[:-1], psn)
    yield "EMV option B", _option_b(pan, psn)


def _option_b(pan: str, psn: str) -> bytes:
    """EMV book 2 A1.4.2, for accounts of more than 16 digits: from SHA-1, decimal digits first, letters as digits."""
    text = pan + psn
    digest = sha1(bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0"))).hex()
    digits = [each for each in digest if each.isdecimal()]
    letters = [str(ord(each) - ord("a")) for each in digest if not each.isdecimal()]
    return bytes.fromhex("".join((*digits, *letters))[:16])


def _factors_of_others() -> Iterator[tuple[str, bytes]]:
    for pan, psn in (*published_accounts(), *((each.pan, each.psn) for each in HOLDERS if each.account)):
        yield f"PAN {pan} of another card", diversification_input(pan, psn)


@lru_cache(maxsize=1)
def published_accounts() -> tuple[tuple[str, str], ...]:
    """Account and sequence number of every bank card that comes with the package."""
    found: dict[tuple[str, str], None] = {}
    for file in built_in():
        if file.suffix == ".toml":
            elements = from_toml(text_of(file)).get("pse", {}).get("elements", {})
            if "5A" in elements:
                found[elements["5A"].rstrip("Ff"), elements.get("5F34", "00")] = None
    return tuple(found)


def _cuts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """How six bytes are cut wrongly from KEYDATA."""
    yield "bytes 1 and 2 and the last four of KEYDATA", data[:2] + data[-4:]
    yield "first six bytes of KEYDATA", data[:6]
    yield "KEYDATA from byte 3", data[2:8]
    yield "serial number, zeros in front", bytes(2) + data[-4:]
    yield "serial number, zeros behind", data[-4:] + bytes(2)
