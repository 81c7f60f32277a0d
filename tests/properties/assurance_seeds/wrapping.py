"""Numbers that come round to a small one, or that nobody had thought could be so large."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.psam.security import calculation as terminal
from cos.pse.commands import gpo_and_generate_ac
from cos.pse.personalisation import channel
from cos.pse.security import issuer_scripts
from cos.pse.transaction import generate_ac_decision
from cos.pse.transaction.command_effects import script_event
from cos.pse.transaction.transaction_memory import AuthenticationStep, Counters, Transaction
from cos.pse.transaction.transaction_states import TransactionState
from cos.ssse.medical import load_and_purchase
from cos.ssse.medical.account import LAST_SEQUENCE, Amounts
from cos.ssse.session import SsseSession
from keys.card_key_store import KeyStore

from .patching import Patch, exchange_handler

_FOUR_BYTES, _MOST_SCRIPTS = 0xFFFF_FFFF, 15


def _cut_to_size(patch: Patch) -> None:
    """Amounts that do not fit lose their upper bits, as in a machine's registers."""
    encode = Amounts.encode

    def cut(self: Amounts) -> bytes:
        sequences = self._replace(loads=self.loads & 0xFFFF, purchases=self.purchases & 0xFFFF)
        kept = {name: getattr(self, name) & _FOUR_BYTES for name in ("balance", "self_paid", "pooled")}
        proof = self.proof._replace(sequence=self.proof.sequence & 0xFFFF)
        return encode(sequences._replace(**kept, proof=proof))

    patch.setattr(Amounts, "encode", cut)


def _without_limit(patch: Patch, handler: Callable[[SsseSession, CommandAPDU], ResponseAPDU]) -> None:
    """``handler`` alone does not look how much an amount may be."""

    def unlimited(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
        with mock.patch.object(load_and_purchase, "MOST_AMOUNT", 2 * _FOUR_BYTES):
            return handler(session, command)

    exchange_handler(patch, "ssse", handler, unlimited)


def medical_sequences_come_round(patch: Patch) -> None:
    """The medical transaction counters go on with 0000 behind FFFF."""
    _cut_to_size(patch)
    patch.setattr(load_and_purchase, "check_sequence", lambda _sequence: None)


def totals_come_round(patch: Patch) -> None:
    """The yearly totals overflow their 4 bytes."""
    _cut_to_size(patch)
    _without_limit(patch, load_and_purchase.debit)


def balance_comes_round(patch: Patch) -> None:
    """A load beyond what the balance holds begins it anew."""
    _cut_to_size(patch)
    _without_limit(patch, load_and_purchase.initialize_load)


def sequence_at_its_end_has_no_word(patch: Patch) -> None:
    """A medical counter at its end is answered with a word that the row does not declare."""

    def check(sequence: int) -> None:
        if sequence >= LAST_SEQUENCE:
            raise Refusal(SW.NO_SPACE, Gate.STATE, "no further number")

    patch.setattr(load_and_purchase, "check_sequence", check)


def transaction_numbers_come_round(patch: Patch) -> None:
    """The bank's transaction counter goes on with 0000 behind FFFF."""

    def initiate(counters: Counters, *_given: object) -> AuthenticationStep:
        counters = counters._replace(atc=counters.atc + 1 & 0xFFFF)
        return AuthenticationStep(None, counters, Transaction(TransactionState.INITIATED), ("counted",))

    patch.setattr(gpo_and_generate_ac, "initiate", initiate)


def transaction_number_has_no_end(patch: Patch) -> None:
    """Nobody looks whether the bank's transaction counter is at its end: the cell has no room for the next number."""

    def initiate(counters: Counters, *_given: object) -> AuthenticationStep:
        counters = counters._replace(atc=counters.atc + 1)
        return AuthenticationStep(None, counters, Transaction(TransactionState.INITIATED), ("counted",))

    patch.setattr(gpo_and_generate_ac, "initiate", initiate)


def terminal_sequence_comes_round(patch: Patch) -> None:
    """A PSAM numbers on with 0 behind FFFFFFFF."""

    def step(session) -> None:
        file = session.files.file(session.directory.fid, terminal.SEQUENCE_FID)
        file.write(0, (int.from_bytes(file.read(0, 4), "big") + 1 & _FOUR_BYTES).to_bytes(4, "big"))

    patch.setattr(terminal, "_LAST_SEQUENCE", 2 * _FOUR_BYTES)
    patch.setattr(terminal, "_step", step)


def tries_above_their_limit_kill(patch: Patch) -> None:
    """A try is given back by writing limit and rest anew, which no counter above its limit survives."""

    def give_back(self: KeyStore, ref) -> None:
        limit, left = self.tries_limit(ref), self.tries_left(ref) + 1
        if left > limit:
            raise ValueError(f"try counter {left} of {limit}")
        self._partition.put(self._counter_cell(ref), bytes((limit << 4 | left,)))

    patch.setattr(KeyStore, "give_back_try", give_back)


def script_counter_comes_round(patch: Patch) -> None:
    """The 4 bits that count issuer scripts go on with 0 behind 15."""

    def event(counters, transaction, said, options):
        step = script_event(counters, transaction, said, options)
        counts = step.counters.script_counter != counters.script_counter or counters.script_counter == _MOST_SCRIPTS
        number = counters.script_counter + counts & _MOST_SCRIPTS
        return step._replace(counters=step.counters._replace(script_counter=number))

    patch.setattr(issuer_scripts, "script_event", event)


def foreign_transactions_come_round(patch: Patch) -> None:
    """The counter of transactions abroad begins anew one before its last value: as if the card had never left."""
    count = generate_ac_decision._count_foreign

    def counting(counters, facts):
        wrapped = (counters.foreign_country + facts.foreign_country) % 0xFF
        return count(counters, facts)._replace(foreign_country=wrapped)

    patch.setattr(generate_ac_decision, "_count_foreign", counting)


def channel_counter_has_no_end(patch: Patch) -> None:
    """A personalisation channel is opened with its last number, too: the next one has no room in the cell."""
    patch.setattr(channel, "LAST_CHANNEL", 0x10000)
