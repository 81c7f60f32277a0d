"""GET PROCESSING OPTIONS (PBOC-5 §7.4, B.8) and the lengths of everything that carries a data object list."""

from __future__ import annotations

from collections.abc import Mapping

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel.refusal import Gate, Refusal
from cos.pse.directory import INTERNATIONAL, SM
from cos.pse.environment import PseSession, Run
from cos.pse.issued import Issued
from cos.pse.transaction.current import gpo_restricted, initiate

_TEMPLATE = 0x83
_SM_INDICATOR, _SM_WANTED = 0xDF69, b"\x01"
_CLAUSE = "PBOC-5 §7.4, B.8"


def pdol_data(session: PseSession, command: CommandAPDU) -> bytes:
    """The PDOL values behind 83 L. Refuses with 6A80 (another template) or 6700, before the state is looked at."""
    data, wanted = command.data, session.current.issued.pdol
    if data[:1] != bytes((_TEMPLATE,)):
        raise Refusal(session.options.gpo_template_word, Gate.DATA, "the data must begin with template 83", _CLAUSE)
    try:
        length, start = tlv.read_length(data, 1)
    except tlv.TlvError as error:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, f"template 83 {error}", _CLAUSE) from None
    if length != wanted.length or len(data) - start != length:
        raise Refusal(
            SW.WRONG_LENGTH,
            Gate.LENGTH,
            f"the PDOL asks for {wanted}; 83 announces {length}, {len(data) - start} came",
            _CLAUSE,
        )
    return data[start:]


def get_processing_options(session: PseSession, command: CommandAPDU) -> ResponseAPDU:
    """Count the ATC, open the transaction, answer AIP and AFL in format 1. The count is durable before the answer.

    A card that carries the SM set besides answers with it if the terminal asks so by DF69 (SM算法支持指示器) = 01.
    """
    issued = session.current.issued
    raw = pdol_data(session, command)
    values = tlv.split_dol(issued.pdol.entries, raw)
    word = gpo_restricted(values, issued.limits.currency, issued.limits.country, session.options)
    if word is not None:
        raise Refusal(word, Gate.DATA, "the issuer restricts this card to its own country and currency", _CLAUSE)
    step = initiate(session.counters, session.transaction, session.options)
    session.commit(step.counters)
    session.note("GET PROCESSING OPTIONS", *step.explanation)
    if step.sw is not None:
        raise Refusal(step.sw, Gate.LIFE_CYCLE, step.explanation[0], _CLAUSE)
    session.transaction = step.transaction
    session.run = Run(step.counters.atc.to_bytes(2, "big"), (values,), raw)
    return ResponseAPDU(_chosen(session, values).gpo)


def _chosen(session: PseSession, values: Mapping[int, bytes]) -> Issued:
    """Choose the algorithms of this transaction; the contents that go with them."""
    current = session.current
    if current.has_sm:
        wanted = values.get(_SM_INDICATOR) == _SM_WANTED
        current.choose(SM if wanted else INTERNATIONAL)
        session.note(
            "GET PROCESSING OPTIONS", f"{current.suite.name} algorithms: DF69 {'is' if wanted else 'is not'} 01"
        )
    return current.issued
