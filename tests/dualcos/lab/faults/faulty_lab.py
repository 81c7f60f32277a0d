"""A card behind a fault script of one rule, in a slot: what a terminal meets, what the card is, what is told."""

from __future__ import annotations

from typing import Any

from dualcos.lab.faults.fault_script import parse
from dualcos.lab.faults.faulty_card import FaultyCard
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import Slot

SELECT = bytes.fromhex("00A404000F7378312E73682EC9E7BBE1B1A3D5CF")
FETCH = bytes.fromhex("00C0000018")
NAME = bytes.fromhex("00A4020002EF06")
READ = bytes.fromhex("00B2090020")
CHALLENGE = bytes.fromhex("0084000008")
CHANGE_PIN = bytes.fromhex("805E010007123456FF654321")
OLD_PIN, NEW_PIN = bytes.fromhex("0020000003123456"), bytes.fromhex("0020000003654321")
WRONG_PIN, ASK_PIN = bytes.fromhex("0020000003999999"), bytes.fromhex("0020000000")


class Lab:
    """A fresh card behind a script of one rule, in a slot; ``told`` is what the trace heard."""

    def __init__(self, made: Any, fault: str, seed: int = 0, **when: str) -> None:
        self.card, self.trace, start = made
        self.card.rail.cut_after(None)
        self.card.restore(start)
        self.trace.take()
        lines = {"name": '"r"', "purpose": '"p"', "clause": '"c"', "fault": f"{{ {fault} }}"} | when
        script = parse(
            f'title = "t"\nseed = {seed}\n[[rule]]\n' + "\n".join(f"{key} = {value}" for key, value in lines.items()),
            "s",
        )
        self.slot = Slot("s", shortest=1)
        self.hand = HotPlug(self.slot)
        self.slept: list[float] = []
        self.faulty = FaultyCard(
            self.card, script, trace=self.trace.writer("faults"), pull=self.hand.take, sleep=self.slept.append
        )
        self.slot.insert(self.faulty)
        self.slot.power_on()
        self.slot.exchange(SELECT)

    def send(self, *commands: bytes) -> list[str]:
        return [self.slot.exchange(command).hex().upper() for command in commands]

    def again(self, *commands: bytes) -> list[str]:
        """After a reset."""
        self.slot.reset()
        return self.send(SELECT, *commands)[1:]

    @property
    def told(self) -> list[str]:
        events = [event for label, event in self.trace.take() if label == "faults"]
        return [f"{event.topic}: {event.text}" for event in events]
