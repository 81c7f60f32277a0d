"""A card pulled at any command of any flow: the terminal stops cleanly, and the next insertion is as good as the first.

No try of a PIN or key is lost but that of a proof which was cut while the card compared (SSC-7 §6.6, §14).
"""

from __future__ import annotations

import pytest

from dualcos.lab.faults.fault_kinds import Remove
from dualcos.lab.faults.fault_script import Rule
from dualcos.terminal.social.card_at_terminal import CardAtTerminal
from dualcos.terminal.social.security_path import PathKind
from dualcos.terminal.social.terminal_stopped import StopCause
from dualcos.terminal.social.updating import UpdateDone, resume_update
from tests.dualcos.terminal.social.flow_scripts import FLOWS, LOCKABLE, NEW_PIN, ON_HSM, back_end, directory, play
from tests.dualcos.terminal.terminal_bench import PIN, TerminalBench, bench_with_fault, made_card

TRIES = 3
SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
LAST = {"application block": "841E0001", "card block": "84160000", "PIN change": "805E0100", "PIN reload": "84240001"}
"""What cannot be undone: whether it was done decides what the next insertion finds."""
WITHOUT_PROOF = ("PIN", "choice", "by PIN", "PIN change", "settlement")
"""Flows in which no key is proved."""


def whole(profile: str, path: PathKind, flow: str) -> TerminalBench:
    bench = TerminalBench(profile, desk=True, path=path)
    play(bench, flow)
    return bench


def proofs(bench: TerminalBench) -> set[tuple[str, str]]:
    """Directory (as selected) and identifier of every key that was to be proved."""
    found, selected = set(), ""
    for command in bench.card.commands:
        if command.startswith("00A40400"):
            selected = command
        if command.startswith("008200"):
            found.add((selected, command[6:8]))
    return found


def tries_left(bench: TerminalBench, selected: str, kid: str) -> int:
    """Found by a wrong proof, which takes one."""
    bench.slot.power_on()
    for command in (SSSE, selected, "0084000008", f"008200{kid}10{'00' * 16}"):
        answer = bench.slot.exchange(bytes.fromhex(command))
    return (answer[1] & 0xF) + 1 if answer[0] == 0x63 else -1


def demand_whole(bench: TerminalBench, flow: str, *, done: bool) -> None:
    """The card is put back; ``done``: the flow's last command was carried out, though its answer did not come."""
    bench.card.put_back()
    bench.holder.digits.clear()
    if done and flow == "card block":
        assert bench.refused().sw == 0x6A81
        return
    at = bench.admit()
    demand_settled(bench, at)
    new = done and flow in ("PIN change", "PIN reload")
    assert at.pin_tries() == TRIES
    at.verify(NEW_PIN if new else PIN)
    if flow == "application block":
        assert len(at.applications([directory(at, LOCKABLE)])) == (not done)
    at.leave()


def demand_settled(bench: TerminalBench, at: CardAtTerminal) -> None:
    """A pending update is looked into, and then known."""
    if bench.store.pending() is None:
        return
    found = resume_update(at, bench.store, back_end(bench))
    assert isinstance(found, UpdateDone)
    assert found.reported
    assert bench.store.pending() is None


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("carried_out", [False, True])
def test_pulled_at_each_command(flow, carried_out):
    bench = whole("social-2.0", PathKind.PSAM, flow)
    for place in range(len(bench.card.passed)):
        demand_clean(flow, "social-2.0", PathKind.PSAM, place, carried_out=carried_out)


@pytest.mark.parametrize("flow", ON_HSM)
def test_pulled_at_each_command_of_the_hsm_path(flow):
    """Behind the card's own proof, where the paths differ; before and behind every other command in turn."""
    for place in range(14, len(whole("dual-3.0-sm4", PathKind.HSM, flow).card.passed)):
        demand_clean(flow, "dual-3.0-sm4", PathKind.HSM, place, carried_out=bool(place % 2))


def demand_clean(flow: str, profile: str, path: PathKind, place: int, *, carried_out: bool) -> None:
    bench = TerminalBench(profile, desk=True, path=path)
    bench.card.pull_at = (place, carried_out)
    stopped = bench.stopped(lambda: play(bench, flow))
    assert (stopped.cause, stopped.code) == (StopCause.NO_CARD, -2)
    assert not bench.bugs
    reached = bench.card.passed if carried_out else bench.card.passed[:-1]
    done = any(each.command.hex().upper().startswith(LAST.get(flow, "none")) for each in reached)
    demand_whole(bench, flow, done=done)


@pytest.mark.parametrize("flow", WITHOUT_PROOF)
def test_flows_that_prove_no_key(flow):
    """They have no try to lose but the PIN's, which ``demand_whole`` counts."""
    assert not proofs(whole("social-2.0", PathKind.PSAM, flow))


@pytest.mark.parametrize("flow", [name for name in FLOWS if not name.endswith(" block") and name not in WITHOUT_PROOF])
def test_no_try_of_a_key_is_lost(flow):
    """Pulled before or behind a right proof: all tries are there (BK and LK have none to lose: SSC-7 §13.1, §13.2)."""
    run = whole("social-2.0", PathKind.PSAM, flow)
    assert proofs(run)
    for selected, kid in proofs(run):
        for place in (at for at, each in enumerate(run.card.passed) if each.command[:2] == b"\x00\x82"):
            for carried_out in (False, True):
                bench = TerminalBench("social-2.0", desk=True, path=PathKind.PSAM)
                bench.card.pull_at = (place, carried_out)
                bench.stopped(lambda bench=bench: play(bench, flow))
                bench.card.put_back()
                assert tries_left(bench, selected, kid) == TRIES


@pytest.mark.parametrize(
    ("command", "flow"), [("00200000", "PIN"), ("0082000A", "transparent"), ("00820006", "PIN unblock")]
)
def test_a_proof_cut_in_the_middle_costs_one_try_at_most(command, flow):
    """Power ends at each byte that the card programs; the next insertion's proof gives all tries back."""
    for byte in range(40):
        fault = Remove(bytes=byte)
        rule = Rule(name="cut", purpose="p", clause="SSC-7 §6.6", command=command, nth="every", fault=fault)
        card = made_card("social-2.0")
        bench = bench_with_fault("social-2.0", rule, card)
        stopped = bench.attempt(lambda bench=bench: play(bench, flow))
        if stopped is None:
            break  # so many bytes the command does not program
        assert stopped.cause is StopCause.NO_CARD
        again = TerminalBench("social-2.0", card=card)
        at = again.admit()
        assert at.pin_tries() in (TRIES, TRIES - 1)
        at.leave()
        play(again, flow)
        assert again.admit().pin_tries() == TRIES
    assert byte > 0
