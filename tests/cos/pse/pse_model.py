"""A card made of the pure functions alone: it carries Counters between transactions, nothing else."""

from __future__ import annotations

from apdu import tlv
from cos.pse.options import BankOptions
from cos.pse.transaction import command_effects, generate_ac_decision
from cos.pse.transaction.command_effects import ScriptEvent, initiate, read_try_counter
from cos.pse.transaction.cvr_and_cid import CryptogramRequest
from cos.pse.transaction.risk_data import Facts, Limits, RiskData, Terminal
from cos.pse.transaction.transaction_memory import Counters, Transaction, selected
from cos.pse.transaction.transaction_states import Command

LAB_CDOL1 = tlv.parse_dol(bytes.fromhex("9F02069F03069F1A0295055F2A029A039F21039C019F3704"))
LAB_DATA = "000000001000 000000000000 0156 0000000000 0156 000125 164721 00 11223344"
AAC, TC, ARQC = 0x00, 0x40, 0x80


def lab_limits(**change):
    """Limits as the lab's cards have them: 9F58 03, 9F59 07, 9F53 05, 9F72 00, no amount limits."""
    base = Limits(
        currency=bytes.fromhex("0156"),
        country=bytes.fromhex("0156"),
        lower=3,
        upper=7,
        foreign_currency=5,
        foreign_country=0,
        ada=0,
        ia_indicator=0,
    )
    return base._replace(**change)


def application_block(counters):
    return counters._replace(application_blocked=True)


def application_unblock(counters):
    return counters._replace(application_blocked=False)


def card_block(counters):
    return counters._replace(card_blocked=True)


class Model:
    def __init__(self, limits=None, aip=0x7D00, counters=None, **options):
        self.limits = limits or lab_limits()
        self.aip = aip
        self.counters = counters or Counters()
        self.options = BankOptions(**options)
        self.tx = Transaction()
        self.log = 0
        self.last = None

    @property
    def risk(self):
        return RiskData(self.counters, self.limits, self.aip)

    def _take(self, step):
        self.counters, self.tx = step.counters, step.transaction
        return step.sw

    def word(self, command):
        return (
            command_effects.blocked_word(command, self.counters, self.tx)
            or command_effects.unsupported_word(command, self.risk, self.tx, self.options)
            or command_effects.state_word(command, self.risk, self.tx, self.options)
        )

    def select(self):
        word = self.word(Command.SELECT_ADF)
        if word is not None:
            return word
        self.tx = selected()
        blocked = self.counters.application_blocked or self.counters.blocked_for_ever
        return 0x6283 if blocked else 0x9000

    def gpo(self):
        return (
            self.word(Command.GET_PROCESSING_OPTIONS)
            or self._take(initiate(self.counters, self.tx, self.options))
            or 0x9000
        )

    def start(self, verify=True):
        self.select()
        assert self.gpo() == 0x9000
        if verify:
            assert self.verify() == 0x9000

    def verify(self, right=True):
        word = self.word(Command.VERIFY)
        if word is not None:
            return word
        word = self._take(command_effects.verify_start(self.counters, self.tx, self.options))
        if word is not None:
            return word
        return self._take(command_effects.verify_finish(self.counters, self.tx, self.limits, matches=right))

    def get_ptc(self):
        self.tx = read_try_counter(self.counters, self.tx)

    def gac(self, p1, arc=None, **change):
        """The answer as (CID, CVR in hex), or a status word."""
        word = self.word(Command.GENERATE_AC)
        if word is not None:
            return word
        values = tlv.split_dol(LAB_CDOL1, bytes.fromhex(LAB_DATA))
        values.update({int(tag.strip("t"), 16): bytes.fromhex(value) for tag, value in change.items()})
        if arc is not None:
            values[0x8A] = arc
        facts = Facts(self.risk, self.tx, Terminal.from_values(values), self.options)
        request = CryptogramRequest.from_p1(p1)
        word = generate_ac_decision.refusal(request, facts)
        if word is not None:
            return word
        answer = generate_ac_decision.generate_ac(request, facts)
        self.counters, self.last = answer.counters, answer
        self.tx = self.tx._replace(state=answer.state, cvr=answer.cvr)
        self.log += answer.log
        return answer.cid.byte, str(answer.cvr)

    def ea(self, right=True, arc=b"00"):
        word = command_effects.blocked_word(Command.EXTERNAL_AUTHENTICATE, self.counters, self.tx)
        word = word or command_effects.unsupported_word(Command.EXTERNAL_AUTHENTICATE, self.risk, self.tx, self.options)
        if word is not None:
            return word
        word = self._take(command_effects.external_start(self.counters, self.tx, self.options))
        if word is not None:
            return word
        return self._take(command_effects.external_finish(self.counters, self.tx, arc, matches=right))

    def script(self, event=ScriptEvent.DONE, effect=None):
        word = self.word(Command.SCRIPT)
        if word is not None:
            return word
        self._take(command_effects.script_event(self.counters, self.tx, event, self.options))
        if event is ScriptEvent.DONE and effect is not None:
            self.counters = effect(self.counters)
        return 0x9000

    def clean(self):
        """A preceding ARQC, good EA and TC."""
        self.start()
        self.gac(ARQC)
        assert self.ea() == 0x9000
        assert self.gac(TC, b"00")[0] & 0xF0 == 0x40
        return self
