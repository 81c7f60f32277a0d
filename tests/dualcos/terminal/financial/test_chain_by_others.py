"""A judge that is not ours over the whole chain of card, terminal, acquirer and issuer: each cryptogram that crosses
the card's contacts or the line is made again by pyemv, from master keys as they are printed.

Where PBOC departs from EMV the departure is written out here or in ``foreign_ciphers``: a session key is the card key
over 00..ATC and 00..NOT ATC (PBOC-7 §11.1.3), a script's MAC is over its header, the counter, the cryptogram of the
first GENERATE AC and its data (PBOC-5 B), and cryptograms are over ten elements and the CVR (PBOC-5 D). Method A of
card keys, the MAC (ISO 9797-1 algorithm 3) and method 1 of ARPCs are EMV's.
"""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.issuance.bank.authorisation.script_desk import ScriptOrder
from dualcos.messages.terminal_parameters import AidParameters
from dualcos.profile.bank_order import bank_card
from dualcos.profile.schema import load
from tests.demonstration_bank import demonstration_issuer
from tests.dualcos.profile import foreign_ciphers as foreign
from tests.dualcos.profile.printed_keys import printed
from tests.dualcos.terminal.financial.payment_bench import BANK, DEBIT
from tests.dualcos.terminal.financial.till_bench import TillBench

PRINTED = [name for name in BANK if name != "pboc-sm"]
_COVERED = (0x9F02, 0x9F03, 0x9F1A, 0x95, 0x5F2A, 0x9A, 0x9C, 0x9F37, 0x82, 0x9F36)
_KINDS = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}


class ForeignJudge:
    """One card's keys by other programs."""

    def __init__(self, profile: str) -> None:
        shown, card = printed(profile, "issuer"), bank_card(load(profile))
        self._keys = {each: foreign.DES.card_key(shown.key(f"MK-{each}"), card.pan, card.psn) for each in ("AC", "MAC")}

    def cryptogram(self, said: dict[int, bytes]) -> bytes:
        """Over what a message or a GENERATE AC says, and the CVR in 9F10."""
        text = b"".join(said[tag] for tag in _COVERED) + said[0x9F10][3:7]
        return foreign.DES.mac(self._session("AC", said[0x9F36]), text)

    def issuer_authentication(self, atc: bytes, arqc: bytes, code: bytes) -> bytes:
        """Tag 91."""
        return foreign.DES.arpc(self._session("AC", atc), arqc, code) + code

    def script_mac(self, atc: bytes, arqc: bytes, command: bytes) -> bytes:
        """Of a command whose data are in clear."""
        return foreign.DES.mac(self._session("MAC", atc), command[:5] + atc + arqc + command[5:-4])[:4]

    def _session(self, name: str, atc: bytes) -> bytes:
        return foreign.DES.session(self._keys[name], atc)


def on_the_line(bench: TillBench) -> list[tuple[str, dict[int, bytes]]]:
    """Each message of a payment with a cryptogram in field 55: its type and what it says."""
    said = ((each.mti, {item.tag: item.value for item in tlv.parse(each.raw(55))}) for each in bench.line.sent)
    return [(mti, found) for mti, found in said if 0x9F27 in found]


def declined_at_the_card(bench: TillBench, lists: dict[int, bytes]) -> dict[int, bytes]:
    """The second GENERATE AC that ended in an AAC: what the card was told by its list, and what it answered."""
    *_, asked = (at for at, each in enumerate(bench.card.passed) if each.command[1] == 0xAE)
    command, answer = bench.card.passed[asked].command, bench.card.passed[asked + 1].answer[:-2]
    told = tlv.split_dol(tlv.parse_dol(lists[0x8D]), command[5 : 5 + command[4]])
    whole = tlv.find(answer, 0x80)
    if whole is None:
        return told | {item.tag: item.value for item in tlv.leaves(answer)}
    return told | {0x9F27: whole[:1], 0x9F36: whole[1:3], 0x9F26: whole[3:11], 0x9F10: whole[11:]}


@pytest.mark.parametrize("profile", PRINTED)
def test_a_payment_with_a_script_and_its_day_end(profile: str) -> None:
    """ARQC of the request, ARPC to the card, MAC of the script to the card, TC of the upload."""
    bench, judge = TillBench(profile), ForeignJudge(profile)
    bench.host.issuer.queue_script(bank_card(load(profile)).pan, ScriptOrder.put_data(0x9F58, b"\x05"))
    assert bench.till.purchase(12_345, forced_online=True).is_approved
    proofs = [each.command for each in bench.card.passed if each.command[:2] == b"\0\x82"]
    scripts = [each for each in bench.card.passed if each.command[:2] == b"\4\xda"]
    assert bench.till.settle().balanced
    found = on_the_line(bench)
    assert [(mti, _KINDS[said[0x9F27][0]]) for mti, said in found] == [("0200", "ARQC"), ("0320", "TC")]
    assert [judge.cryptogram(said) for _, said in found] == [said[0x9F26] for _, said in found]
    atc, arqc = found[0][1][0x9F36], found[0][1][0x9F26]
    assert [each[5:15] for each in proofs] == [judge.issuer_authentication(atc, arqc, b"00")]
    assert [each.command[-4:] for each in scripts] == [judge.script_mac(atc, arqc, scripts[0].command)]
    assert [each.answer for each in scripts] == [b"\x90\0"]


@pytest.mark.parametrize("profile", ["dual-2.0-3des", "bank-dda", "bank-sda"])
def test_a_payment_off_line_is_uploaded_with_its_certificate(profile: str) -> None:
    bench, judge = TillBench(profile), ForeignJudge(profile)
    bench.parameters = AidParameters(
        DEBIT, floor_limit=50_000, threshold=50_000, target_percent=0, most_target_percent=0
    )
    bench.till.purchase(100)
    assert bench.till.purchase(2_000).stored.record.offline
    assert bench.till.send_waiting() == 0
    mti, said = on_the_line(bench)[-1]
    assert (mti, _KINDS[said[0x9F27][0]]) == ("0200", "TC")
    assert judge.cryptogram(said) == said[0x9F26]


@pytest.mark.parametrize("profile", PRINTED)
def test_a_declined_payment_is_proved_by_the_issuer_and_by_the_card(profile: str) -> None:
    """Nothing is on the account: an ARPC over 51, and an AAC."""
    issuer = demonstration_issuer([profile], opening=0)
    bench, judge = TillBench(profile, issuer=issuer), ForeignJudge(profile)
    outcome = bench.till.purchase(12_345, forced_online=True)
    assert outcome.kernel is not None
    ((_, asked),) = on_the_line(bench)
    (proof,) = (each.command for each in bench.card.passed if each.command[:2] == b"\0\x82")
    assert proof[5:15] == judge.issuer_authentication(asked[0x9F36], asked[0x9F26], b"51")
    declined = declined_at_the_card(bench, dict(outcome.kernel.card))
    assert _KINDS[declined[0x9F27][0]] == "AAC"
    assert judge.cryptogram({**asked, **declined}) == declined[0x9F26]
