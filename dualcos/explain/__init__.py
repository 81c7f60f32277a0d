"""The decoded trace (解释跟踪): what passed between terminal and card, in words, seen from outside.

Raw bytes of a command and its answer, and the events the card noted meanwhile, are kept as one ``RawExchange``. When
somebody reads, an ``Explainer`` makes an ``Exchange`` of it: a value that is printed or written as a line of JSON.
Total: any bytes get an explanation. Secrets (PIN, keys, enciphered personalisation data) are cut out before anything
is looked at, so no later step can show them.

Each name is imported when it is first asked for: a card that nobody listens to loads nothing of what explains it.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dualcos.explain.explainer import FAULT as FAULT
    from dualcos.explain.explainer import Detail as Detail
    from dualcos.explain.explainer import Exchange as Exchange
    from dualcos.explain.explainer import Explainer as Explainer
    from dualcos.explain.explainer import Happening as Happening
    from dualcos.explain.explainer import Power as Power
    from dualcos.explain.raw_record import RawExchange as RawExchange
    from dualcos.explain.raw_record import RawPower as RawPower
    from dualcos.explain.raw_record import RawRecord as RawRecord
    from dualcos.explain.raw_record import RawSilence as RawSilence
    from dualcos.explain.rendering import line as line
    from dualcos.explain.rendering import text as text
    from dualcos.explain.traced_card import TracedCard as TracedCard

_HOMES = MappingProxyType(
    {
        "explainer": ("FAULT", "Detail", "Exchange", "Explainer", "Happening", "Power"),
        "raw_record": ("RawExchange", "RawPower", "RawRecord", "RawSilence"),
        "rendering": ("line", "text"),
        "traced_card": ("TracedCard",),
    }
)
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


def __getattr__(name: str) -> object:
    home = next((home for home, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
