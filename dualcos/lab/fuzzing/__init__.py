"""Properties of the firewall, strategies of its traffic, for tests of your own (``docs/how-to/fuzz-your-own-card.md``).

    from hypothesis import given
    from dualcos.lab.fuzzing import F1, specimen_of

    CARD = specimen_of("dual-3.0-sm4")

    @given(F1.cases(CARD))
    def test_one_side_shows_nothing_of_the_other(case):
        F1(CARD, case)

``specimen_of`` puts a profile, a card of this COS or a card of anybody's making on the bench. Each property of
``docs/properties.md`` is a function under its number: drawn ones take a specimen and a case, enumerated ones a specimen
alone. ``T1``, ``T3``, ``T4``, ``T5`` and ``T8`` are one sweep over every power cut. Without the package hypothesis
importing this raises ImportError.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

try:
    import hypothesis as _hypothesis  # noqa: F401 - whether it is there, before anything needs it
except ModuleNotFoundError:
    raise ImportError("dualcos.lab.fuzzing needs the package hypothesis: `pip install 'dualcos[hypothesis]'`") from None

from dualcos.lab.fuzzing.askable_properties import DrawnProperty as DrawnProperty
from dualcos.lab.fuzzing.askable_properties import EnumeratedProperty as EnumeratedProperty
from dualcos.lab.fuzzing.card_from_outside import OwnApplication as OwnApplication
from dualcos.lab.fuzzing.card_from_outside import OwnCard as OwnCard
from dualcos.lab.fuzzing.card_from_outside import OwnDialogue as OwnDialogue
from dualcos.lab.fuzzing.drawn_traffic import commands_of as commands_of
from dualcos.lab.fuzzing.drawn_traffic import play as play
from dualcos.lab.fuzzing.drawn_traffic import traffic_of as traffic_of
from dualcos.lab.fuzzing.specimen_of_card import specimen_of as specimen_of
from dualcos.lab.fuzzing.told_violation import ToldViolation as ToldViolation
from dualcos.lab.fuzzing.what_each_needs import OUTSIDE as OUTSIDE
from dualcos.lab.fuzzing.what_each_needs import CannotAsk as CannotAsk
from dualcos.lab.properties.property_and_violation import Violation as Violation
from dualcos.lab.properties.specimen import Specimen as Specimen
from dualcos.lab.properties.traffic_strategies import CommandForm as CommandForm

F1 = DrawnProperty("F1")
F2 = DrawnProperty("F2")
F3 = DrawnProperty("F3")
F4 = DrawnProperty("F4")
F5 = DrawnProperty("F5")
F5a = EnumeratedProperty("F5a")
F5b = EnumeratedProperty("F5b")
F5c = EnumeratedProperty("F5c")
F5d = EnumeratedProperty("F5d")
F6 = EnumeratedProperty("F6")
F7 = EnumeratedProperty("F7")
F7a = EnumeratedProperty("F7a")
F7b = DrawnProperty("F7b")
F7c = EnumeratedProperty("F7c")
F8 = DrawnProperty("F8")
F8a = EnumeratedProperty("F8a")
F9 = DrawnProperty("F9")
F10 = DrawnProperty("F10")
F11 = EnumeratedProperty("F11")
F12 = EnumeratedProperty("F12")
F13 = DrawnProperty("F13")
F14 = DrawnProperty("F14")
F15 = DrawnProperty("F15")
F15a = EnumeratedProperty("F15a")
F15b = EnumeratedProperty("F15b")
F16 = EnumeratedProperty("F16")
F17 = DrawnProperty("F17")
F17a = EnumeratedProperty("F17a")
F17b = EnumeratedProperty("F17b")
F18 = DrawnProperty("F18")
F19 = EnumeratedProperty("F19")
F20 = DrawnProperty("F20")
F21 = DrawnProperty("F21")
F21a = EnumeratedProperty("F21a")
F22 = DrawnProperty("F22")
F22a = EnumeratedProperty("F22a")
F23 = EnumeratedProperty("F23")
F23a = DrawnProperty("F23a")
F24 = EnumeratedProperty("F24")
F27 = EnumeratedProperty("F27")
F27a = EnumeratedProperty("F27a")
F27b = EnumeratedProperty("F27b")
F27c = EnumeratedProperty("F27c")
F25 = DrawnProperty("F25")
F25a = EnumeratedProperty("F25a")
F26 = EnumeratedProperty("F26")
T7 = EnumeratedProperty("T7")
M1 = DrawnProperty("M1")
T2 = EnumeratedProperty("T2")
T1 = EnumeratedProperty("T1")
T3 = EnumeratedProperty("T3")
T4 = EnumeratedProperty("T4")
T5 = EnumeratedProperty("T5")
T8 = EnumeratedProperty("T8")

PROPERTIES: Mapping[str, DrawnProperty | EnumeratedProperty] = MappingProxyType(
    {name: each for name, each in globals().items() if isinstance(each, DrawnProperty | EnumeratedProperty)}
)
"""All of them, in the order of ``docs/properties.md``."""
