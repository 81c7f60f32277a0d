"""A card on the bench for the tests of explanations: send hex, get explanations."""

from __future__ import annotations

import re
from importlib import resources

import dualcos
from dualcos.explain import Exchange, Explainer, Happening, RawExchange, RawRecord, TracedCard
from dualcos.explain.finding_texts import step_text
from dualcos.profile.schema import parse
from firewall.trace import TraceBuffer

SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"  # sx1.sh.社会保障, SSC-3 §6.2
DF03 = "00A4040006D15600000502"  # AID of 社会保险信息区1, SSC-6
PIN = "123456"  # the profile's test PIN


def profile(version: str = "2.0"):
    text = resources.files("dualcos.profile.cards").joinpath("social-2.0.toml").read_text(encoding="utf-8")
    text, count = re.subn(r'(?m)^version = "2\.0"$', f'version = "{version}"', text)
    assert count == 1
    return parse(text)


class Bench:
    """One traced card, powered on, and somebody who reads at once."""

    def __init__(self, version: str = "2.0", *, name: str = "") -> None:
        events = TraceBuffer()
        self.bare = dualcos.card(name or profile(version), 0, trace=events)
        self.happened: list[Happening] = []
        self.records: list[RawRecord] = []
        self._explainer = Explainer(under="psam" if name.startswith("psam") else "")
        self.card = TracedCard(self.bare, events, self._read)
        self.bugs: list[Exception] = []
        self.card.power_on()

    def _read(self, record: RawRecord) -> None:
        self.records.append(record)
        try:
            self.happened.append(self._explainer.explain(record))
        except Exception as bug:  # the card goes on; `send` does not
            self.bugs.append(bug)

    def send(self, *commands: str) -> Exchange:
        for command in commands:
            self.card.exchange(bytes.fromhex(command))
        assert not self.bugs
        last = self.happened[-1]
        assert isinstance(last, Exchange)
        return last


def advice(exchange: Exchange) -> str:
    """What its findings say is to be done."""
    return "; ".join(map(step_text, exchange.findings))


def explained(explainer: Explainer, command: str, answer: str) -> Exchange:
    """One exchange with no card behind it, environments followed from the outside."""
    return explainer.explain(RawExchange(bytes.fromhex(command), bytes.fromhex(answer)))
