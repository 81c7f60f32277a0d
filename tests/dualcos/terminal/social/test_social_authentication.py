"""T-SOC-AUTH: the card proves itself, the terminal proves itself (SSC-7 §5.4, §6; SC §1.2.3, §10.5)."""

from __future__ import annotations

import pytest

from cos.ssse.tables import ssse_holder
from dualcos.dialogue.iso_commands import select_name
from dualcos.messages.social_services import Answer, IdentificationAsked, ProofAsked, Request
from dualcos.terminal.social.card_environment import asked
from dualcos.terminal.social.hsm_path import AskedBackEnd
from dualcos.terminal.social.inquiry import InquiryOrder, inquire
from dualcos.terminal.social.security_path import HSM_AFTER, PathKind
from dualcos.terminal.social.terminal_stopped import StopCause
from tests.dualcos.terminal.social.flow_scripts import FLOWS, play
from tests.dualcos.terminal.terminal_bench import SOCIAL, TERMINAL, TerminalBench, made_card

BY_KEY = InquiryOrder("DF03EF05")
CALCULATE = b"\x80\xfa"


def flipped(answer: bytes) -> bytes:
    """The first byte of the data otherwise."""
    return bytes((answer[0] ^ 1,)) + answer[1:] if len(answer) > 2 else answer


def sent(bench: TerminalBench, instruction: str) -> list[bytes]:
    return [bytes.fromhex(each) for each in bench.card.commands if each.startswith(instruction)]


def challenges(bench: TerminalBench) -> list[bytes]:
    return [each.answer[:-2] for each in bench.card.passed if each.command[1] == 0x84]


# --- internal authentication -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PathKind)
@pytest.mark.parametrize("profile", SOCIAL)
def test_a_card_that_does_not_prove_itself_is_not_genuine(profile, path):
    bench = TerminalBench(profile, desk=True, path=path)
    bench.card.bend = lambda _, answer: flipped(answer) if bench.card.commands[-1][:4] == "0088" else answer
    stopped = bench.refused()
    assert (stopped.cause, stopped.code) == (StopCause.NOT_GENUINE, -21)


def test_a_card_of_another_root_is_not_genuine():
    """Its keys come from another label; all else fits."""
    bench = TerminalBench(card=made_card("social-2.0", "keys.label=other"))
    assert bench.refused().code == -21


@pytest.mark.parametrize("path", PathKind)
def test_a_card_without_irk_says_so(path):
    bench = TerminalBench(desk=True, path=path)
    bench.card.bend = lambda command, answer: b"\x6a\x88" if command[1] == 0x88 else answer
    assert bench.refused().code == -27272


def test_an_hsm_is_asked_about_the_cards_numbers_the_factor_last():
    """SC §1.2.3: two random numbers, the first the original, the last the process factor; for each proof anew."""
    bench, told = told_bench()
    at = bench.admit()
    original, factor = challenges(bench)
    assert sent(bench, "0088") == [bytes.fromhex("0088000010") + factor + original]
    (identification,) = told
    assert isinstance(identification, IdentificationAsked)
    assert (identification.internal_factor, identification.internal_original) == hexed(factor, original)
    inquire(at, BY_KEY)
    original, factor = challenges(bench)[2:]
    proof = told[-1]
    assert isinstance(proof, ProofAsked)
    assert (proof.factor, proof.original) == hexed(factor, original)
    (command,) = sent(bench, "0082")
    assert command[13:] == original


def hexed(*values: bytes) -> tuple[str, ...]:
    return tuple(value.hex().upper() for value in values)


def told_bench() -> tuple[TerminalBench, list[Request]]:
    """On the HSM path, and what its back end is asked."""
    bench, told = TerminalBench("social-3.0", desk=True, path=PathKind.HSM), list[Request]()

    class Listening:
        def ask(self, request: Request) -> Answer:
            told.append(request)
            return bench.desk.ask(request)

    bench.back_end = AskedBackEnd(Listening(), iter(range(1, 99)).__next__, TERMINAL)
    return bench, told


def test_by_psam_the_card_gives_only_the_factor():
    """SSC-7 §5.4, §6.4: the terminal's numbers are the PSAM's, the factor of its own proof is the card's last."""
    bench = TerminalBench()
    at = bench.admit()
    assert challenges(bench) == []
    inquire(at, BY_KEY)
    assert bench.sam is not None
    own = [each.answer[:-2] for each in bench.sam.passed if each.command[1] == 0x84]
    assert sent(bench, "0088") == [bytes.fromhex("0088000010") + own[1] + own[0]]
    (command,) = sent(bench, "0082")
    assert command[13:] == own[2]
    assert len(challenges(bench)) == 1


# --- external authentication -------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PathKind)
def test_a_refused_proof_ends_it_and_is_never_tried_again(path):
    """SSC-7 §6.6: 63C2, 63C1, 63C0, then the key is locked; one try each, and the codes of SC appendix A."""
    bench = TerminalBench(desk=True, path=path)
    for tries, code in ((2, -25538), (1, -25537), (0, -25536), (None, -27011)):
        at = bench.admit()
        before = len(sent(bench, "0082"))
        bench.card.bend = wrong_random
        stopped = bench.stopped(lambda at=at: inquire(at, BY_KEY))
        bench.card.bend = None
        assert (stopped.cause, stopped.code, stopped.tries) == (StopCause.REFUSED, code, tries)
        assert len(sent(bench, "0082")) == before + 1
        assert bench.card.commands[-1].startswith("0082")
        at.leave()


def wrong_random(command: bytes, answer: bytes) -> bytes:
    """The terminal hears another random number than the card gave: its proof will be wrong."""
    return flipped(answer) if command[1] == 0x84 else answer


def test_a_key_is_proved_once_while_its_directory_is_current():
    """SSC-7 §6.6: the card remembers until power-off or another application."""
    bench = TerminalBench()
    at = bench.admit()
    for address, proofs in (("DF03EF06", 1), ("DF03EF07", 1), ("DF03EF05", 2), ("DF02EF05", 3), ("DF03EF06", 4)):
        inquire(at, InquiryOrder(address))
        assert len(sent(bench, "0082")) == proofs


# --- between the two steps of the HSM path -----------------------------------------------------------------------


def test_ssse_selected_again_between_challenge_and_proof_changes_nothing():
    """SSC-5 §6.11.1: what is current stays as it is."""
    bench = TerminalBench("social-3.0", desk=True, path=PathKind.HSM)
    at = bench.admit()
    row = at.key(at.home, "RKSSSE")
    original, factor = at.challenge(), at.challenge()
    asked(at.card, select_name(ssse_holder.NAME))
    proof = at.path.key_proof(row, factor, original)
    at.present(row, proof.data, proof.original)
    assert at.read_items(at.place("SSSE", 0xEF06))


def test_a_reset_between_challenge_and_proof_costs_no_try():
    bench = TerminalBench("social-3.0", desk=True, path=PathKind.HSM)
    at = bench.admit()
    row = at.key(at.home, "RKSSSE")
    original, factor = at.challenge(), at.challenge()
    proof = at.path.key_proof(row, factor, original)
    bench.slot.reset()
    asked(at.card, select_name(ssse_holder.NAME))
    assert bench.stopped(lambda: at.present(row, proof.data, proof.original)).sw == 0x6984
    at = bench.admit()
    bench.card.bend = wrong_random
    assert bench.stopped(lambda: at.prove(row)).tries == 2


# --- which path ----------------------------------------------------------------------------------------------------

PSAMS: dict[str, tuple[str, tuple[str, ...], int]] = {
    "absent": ("", (), -2201),
    "no PSAM": ("social-1.0", (), -2201),
    "blank": ("blank", (), -2201),
    "of the other cipher": ("psam-3des", (), -2202),
    "without a key": ("psam-sm4", ("psam.tier=none",), -27272),
    "of another city": ("psam-sm4", ("psam.city=990100", "psam.terminal=990100000001"), -24),
    "of another province": (
        "psam-sm4",
        ("psam.tier=province", "psam.city=310100", "psam.terminal=310100000001"),
        -24,
    ),
}


@pytest.mark.parametrize("psam", PSAMS)
def test_a_psam_that_does_not_serve_has_its_code_and_the_hsm_goes_on(psam):
    """SC §10.5: behind these codes the caller goes on with the HSM. No key of the card has lost a try."""
    name, settings, code = PSAMS[psam]
    sam = made_card(name, *settings) if name else None
    alone = TerminalBench("social-3.0", sam=sam)
    assert alone.refused().code == code
    assert not sent(alone, "0082")
    assert code in HSM_AFTER
    fixed = TerminalBench("social-3.0", sam=sam, desk=True, path=PathKind.PSAM)
    assert fixed.refused().code == code
    both = TerminalBench("social-3.0", sam=sam, desk=True)
    at = both.admit()
    assert at.path.kind is PathKind.HSM
    inquire(at, BY_KEY)


def test_a_psam_with_irk_alone_lacks_rkssse():
    """-2203 is that key's own code; any other that is missing is 6A88 (SC appendix A)."""
    sam = made_card("psam-sm4", "psam.tier=none", 'psam.keys=[{key="IRK",tier="city"}]')
    bench = TerminalBench("social-3.0", sam=sam)
    at = bench.admit()
    assert bench.stopped(lambda: inquire(at, InquiryOrder("SSSEEF06"))).code == -2203
    assert bench.stopped(lambda: inquire(at, BY_KEY)).code == -27272
    assert not sent(bench, "0082")


def test_an_hsm_that_does_not_answer_is_no_hsm():
    assert TerminalBench(path=PathKind.HSM).refused().cause is StopCause.NO_BACK_END


@pytest.mark.parametrize("cause", [StopCause.NOT_GENUINE, StopCause.EXPIRED])
def test_what_is_the_cards_fault_asks_no_hsm(cause):
    bench, told = told_bench()
    bench.path = None
    if cause is StopCause.EXPIRED:
        bench.clock.time = "20990101000000"
    else:
        bench.card.bend = lambda _, answer: flipped(answer) if bench.card.commands[-1][:4] == "0088" else answer
    assert bench.refused().cause is cause
    assert not told


def test_the_psam_taken_out_in_the_middle():
    for flow in FLOWS:
        bench = TerminalBench(desk=True)
        at = bench.admit()
        assert bench.sam_slot is not None
        bench.sam_slot.remove()
        stopped = bench.attempt(lambda bench=bench, at=at, flow=flow: FLOWS[flow](bench, at))
        assert stopped is None or stopped.cause is StopCause.NO_PSAM
    bench.sam_slot.insert(made_card("psam-3des"))
    play(bench, "PIN and key")
