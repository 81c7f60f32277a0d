"""The decoded trace (解释跟踪): what passed between terminal and card, in words, seen from outside.

Raw bytes of a command and its answer, and the events the card noted meanwhile, are kept as one ``RawExchange``. When
somebody reads, an ``Explainer`` makes an ``Exchange`` of it: a value that is printed or written as a line of JSON.
Total: any bytes get an explanation. Secrets (PIN, keys, enciphered personalisation data) are cut out before anything
is looked at, so no later step can show them.
"""

from dualcos.explain.explainer import FAULT, Detail, Exchange, Explainer, Happening, Power
from dualcos.explain.raw_record import RawExchange, RawPower, RawRecord, RawSilence
from dualcos.explain.rendering import line, text
from dualcos.explain.traced_card import TracedCard

__all__ = [
    "FAULT",
    "Detail",
    "Exchange",
    "Explainer",
    "Happening",
    "Power",
    "RawExchange",
    "RawPower",
    "RawRecord",
    "RawSilence",
    "TracedCard",
    "line",
    "text",
]
