"""A judge that is not ours: the issuer computes with pyemv and ``cryptography``, from master keys as they are printed.

It sees what a message would carry, and nothing of the kernel.
"""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.terminal.financial.kernel.debit_kernel import Verdict
from dualcos.terminal.financial.kernel.issuer_answer import IssuerAnswer, issuer_answer
from tests.dualcos.profile import foreign_ciphers as foreign
from tests.dualcos.profile.printed_keys import printed
from tests.dualcos.terminal.financial.payment_bench import BANK, PaymentBench

FIELD_55 = (0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03)


class ForeignIssuer:
    """Of one profile. ``sm``: of its second set of algorithms."""

    def __init__(self, profile: str, *, sm: bool) -> None:
        shown = printed(profile, "issuer")
        self._cipher, prefix = (foreign.SM, "SM ") if sm else (foreign.DES, "")
        self._master = {each: shown.key(f"{prefix}MK-{each}") for each in ("AC", "MAC")}

    def answer(self, chip: bytes, pan: str, sequence: str, code: bytes = b"00") -> bytes:
        """Field 55 of the answer: 91, and a script that unblocks the PIN. The cryptogram has to be right."""
        said = {item.tag: item.value for item in tlv.parse(chip)}
        keys = {each: self._cipher.card_key(key, pan, sequence) for each, key in self._master.items()}
        atc, cryptogram, data = said[0x9F36], said[0x9F26], said[0x9F10]
        text = b"".join(said[tag] for tag in (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36))
        session = self._cipher.session(keys["AC"], atc)
        assert self._cipher.mac(session, text + data[3:7]) == cryptogram
        assert said[0x9F27] == b"\x80"
        header = bytes.fromhex("8424000004")
        mac = self._cipher.mac(self._cipher.session(keys["MAC"], atc), header + atc + cryptogram)[:4]
        script = tlv.encode(0x9F18, b"\0\0\0\1") + tlv.encode(0x86, header + mac)
        return tlv.encode(0x91, self._cipher.arpc(session, cryptogram, code) + code) + tlv.encode(0x72, script)


@pytest.mark.parametrize("name", [*BANK, "pboc-sm/sm"])
def test_a_payment_with_an_issuer_of_other_programs(name: str) -> None:
    """It verifies the ARQC of what was sent; the card accepts its ARPC and its script."""
    profile, _, sm = name.partition("/")
    issuer = ForeignIssuer(profile, sm=bool(sm))
    bench = PaymentBench(profile)
    bench.sm_algorithms = bool(sm)

    def asked(bench: PaymentBench) -> IssuerAnswer:
        record = bench.record
        chip = b"".join(tlv.encode(tag, record.known()[tag]) for tag in FIELD_55)
        return issuer_answer("00", issuer.answer(chip, record.pan, record.sequence))

    paid = bench.pay(asked)
    assert [each.verdict for each in paid.said] == [Verdict.ONLINE, Verdict.APPROVED]
    authenticated = [each for each in bench.card.passed if each.command[1] == 0x82]
    assert [each.answer[-2:] for each in authenticated] == [b"\x90\x00"] * len(authenticated)
    assert [each.answer[-2:] for each in bench.card.passed if each.command[:2] == b"\x84\x24"] == [b"\x90\x00"]
    assert bench.record.terminal[0xDF31].hex() == "2000000001"
