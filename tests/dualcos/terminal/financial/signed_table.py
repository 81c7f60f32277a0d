"""A payment card of a table that proves itself off line: every link of its chain may be another one than is right.

Its issuer is certified by the package's test authority; its own key is the package's test card's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from apdu import tlv
from dualcos.profile.bank_data_groups import private_key
from dualcos.profile.published_test_keys import rsa_test_keys
from keys import rsa_certificates
from keys.rsa import RsaPrivate
from keys.rsa_certificates import CertifiedKey
from tests.dualcos.terminal.financial.table_card import ASKED, CDOL1, CDOL2, EXPIRY, PAN, TableCard, of

ACCOUNT = PAN.rstrip("F")
AUTHORITY = "F1"
ATC, CRYPTOGRAM, ISSUER_DATA = "0007", "1122334455667788", "07010103A0000001"
PROVEN = "9F45029F4C02"
"""What both lists ask for besides: the code and the number that authentication has found."""
DAC = "DAC1"
_THREE = b"\x03"


@cache
def key_of(whose: str) -> RsaPrivate:
    """``ca``, ``issuer`` or ``card``."""
    return private_key(getattr(rsa_test_keys("test-rsa"), whose))


@dataclass
class Wrong:
    """What of a signed answer to GENERATE AC is not right. ``cid``, ``cryptogram_hash``, ``unpredictable``: inside of
    the signature. ``plain``: no signature at all; ``length``: bytes behind it; ``empty``: no dynamic data.
    """

    cid: str | None = None
    cryptogram_hash: bool = False
    unpredictable: bool = False
    plain: bool = False
    length: str = ""
    empty: bool = False


@dataclass
class SignedTable:
    """``aip``: 82. ``record``: elements of its one signed record, None for one that is not there. ``instead``: elements
    of its unsigned records, likewise. ``issuer``, ``issuer_expiry``, ``account``, ``card_expiry``, ``serial``: what the
    certificates say. ``signed_aip``: what was signed as 82. ``authenticate``: the answer of INTERNAL AUTHENTICATE in
    place of its own; ``word``: behind its own. ``kinds``: CIDs of the answers to GENERATE AC. ``wrong``: what is wrong
    with them. ``beyond``: what another signed record, of file 11, has in its template; ``more``: further rows.
    """

    aip: str = "4000"
    record: Mapping[str, str | None] = field(default_factory=dict)
    instead: Mapping[str, str | None] = field(default_factory=dict)
    issuer: str = ACCOUNT[:6]
    issuer_expiry: str = "1230"
    serial: str = "000001"
    account: str = ACCOUNT
    card_expiry: str = "1230"
    signed_aip: str | None = None
    authenticate: str | None = None
    format_2: bool = False
    word: str = "9000"
    kinds: tuple[str, ...] = ()
    wrong: tuple[Wrong, Wrong] = (Wrong(), Wrong())
    atr: bytes = bytes.fromhex("3B00")
    beyond: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    def card(self) -> TableCard:
        """The card."""
        self._sent: list[bytes] = []
        one = joined(self.signed)
        certificates = {**self.certificates(), **self.instead}
        groups = ("8F", "9F32", "9F47", "9F48", "9F49", "92"), ("90",), ("93",), ("9F46",)
        parts = [one, *(joined({tag: certificates.get(tag) for tag in group}) for group in groups)]
        locator = "08010501" + ("" if self.beyond is None else "58010101")
        rows = {
            "00A404000E": "6A82",
            "00A40400": of(0x6F, of(0x84, "A000000333010101"), of(0xA5, of(0x50, "50424F43"))) + "9000",
            "80A8": of(0x80, self.aip, locator) + "9000",
            **{f"00B2{number:02X}0C": of(0x70, part) + "9000" for number, part in enumerate(parts, 1)},
            "00B2015C": of(0x70, self.beyond or "") + "9000",
            "80CA9F17": "9F1701039000",
            "80CA9F36": f"9F3602{ATC}9000",
            "80CA9F13": "9F130200069000",
            "0020": "9000",
            "0082": "9000",
            **self.more,
        }
        return TableCard({**rows, "0088": self._dynamic, "80AE": self._cryptogram}, self.atr)

    @property
    def signed(self) -> dict[str, str | None]:
        """Elements of the signed record."""
        usual = {"5A": PAN, "5F24": EXPIRY, "8C": CDOL1 + PROVEN, "8D": CDOL2 + PROVEN, "9F4A": "82"}
        return {**usual, **self.record}

    def certificates(self) -> dict[str, str]:
        """All that authentication needs, by tag."""
        beyond = "" if self.beyond is None else of(0x70, self.beyond)  # its tag and length are signed, too
        aip = "" if self.signed["9F4A"] is None else self.signed_aip or self.aip
        static = bytes.fromhex(joined(self.signed) + beyond + aip)
        issuer, card = key_of("issuer"), key_of("card")
        ends = [bytes.fromhex(each) for each in (self.issuer_expiry, self.card_expiry)]
        serial = bytes.fromhex(self.serial)
        who = bytes.fromhex(self.issuer.ljust(8, "F")), bytes.fromhex(self.account.ljust(20, "F"))
        of_issuer = rsa_certificates.sign_issuer_key(
            key_of("ca"), CertifiedKey(who[0], ends[0], serial, issuer.public(_THREE))
        )
        of_card = rsa_certificates.sign_icc_key(
            issuer, CertifiedKey(who[1], ends[1], serial, card.public(_THREE)), static
        )
        made = {
            "8F": bytes.fromhex(AUTHORITY),
            "90": of_issuer.certificate,
            "92": of_issuer.remainder,
            "9F32": of_issuer.exponent,
            "93": rsa_certificates.sign_static(issuer, bytes.fromhex(DAC), static),
            "9F46": of_card.certificate,
            "9F47": of_card.exponent,
            "9F48": of_card.remainder,
            "9F49": bytes.fromhex("9F3704"),
        }
        return {tag: value.hex() for tag, value in made.items()}

    # --- answers --------------------------------------------------------------------------------------------------

    def _dynamic(self, command: bytes) -> str:
        if self.authenticate is not None:
            return self.authenticate
        data = command[5 : 5 + command[4]]
        signature = rsa_certificates.sign_dynamic(key_of("card"), bytes.fromhex(f"02{ATC}"), data)
        answer = tlv.encode(0x77, tlv.encode(0x9F4B, signature)) if self.format_2 else tlv.encode(0x80, signature)
        return answer.hex() + self.word

    def _cryptogram(self, command: bytes) -> str:
        self._sent.append(command[5 : 5 + command[4]])
        turn = len(self._sent)
        asked = f"{command[2]:02X}"
        cid = self.kinds[turn - 1] if len(self.kinds) >= turn else ASKED[asked]
        wrong = self.wrong[turn - 1]
        if cid == "00" or not command[2] & 0x10 or wrong.plain:
            return of(0x80, cid, ATC, CRYPTOGRAM, ISSUER_DATA) + "9000"
        told = of(0x9F27, cid) + of(0x9F36, ATC) + of(0x9F10, ISSUER_DATA)
        # a length in two bytes where one would do: what is hashed is what was sent
        told = told.replace("9F3602".lower(), "9F368102".lower())
        hashed = rsa_certificates.transaction_hash(*self._sent, bytes.fromhex(told))
        inside = rsa_certificates.cda_data(
            bytes.fromhex(ATC),
            int(wrong.cid or cid, 16),
            bytes.fromhex(CRYPTOGRAM),
            bytes(20) if wrong.cryptogram_hash else hashed,
        )
        number = bytes(4) if wrong.unpredictable else bytes.fromhex("01020304")
        signature = rsa_certificates.sign_dynamic(key_of("card"), b"" if wrong.empty else inside, number)
        return of(0x77, told, of(0x9F4B, signature, wrong.length)) + "9000"


def joined(elements: Mapping[str, str | None]) -> str:
    """Those that are there, in hex."""
    return "".join(of(int(tag, 16), value) for tag, value in elements.items() if value is not None)
