"""The bank side of a card before its contents: skeleton made, personalisation channel open to whoever has its keys.

Issued cards have no such stay: the last STORE DATA ends it for good (PBOC-10 §6.3). What properties ask of a session's
items (F24) and of stored numbers (F26) is asked of the channel here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from dualcos.dialogue.bank_channel import BankChannel, GroupOrder, open_channel
from dualcos.dialogue.driver import StepRefused, apdu, perform
from dualcos.dialogue.iso_commands import select_name
from dualcos.dialogue.making import BANK_FORM, Maker
from dualcos.dialogue.personalise_bank import BankOrder, pre_personalise
from dualcos.dialogue.personalise_birth import birth, maker_bytes
from dualcos.lab.properties import bank_macros
from dualcos.lab.properties.counted_card import CountedCard
from dualcos.lab.properties.items_select_keeps import CHANNEL, Ground, SessionItem
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.specimen import LabBench, Side
from dualcos.lab.properties.traffic_steps import Macro, Play, Played, spoiled
from dualcos.profile.bank_order import bank_order
from dualcos.profile.birth_order import birth_order
from dualcos.profile.card_of_profile import blank_card
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer

_NO_CHANNEL = 0x6985
_STAGE = "PERSONALISATION"
_AUTHENTICATE, _STORE = 0x82, 0xE2


class ChannelOwner:
    """Who has the channel's keys, and what he does in the unfinished application."""

    def __init__(self, order: BankOrder) -> None:
        self.order = order
        self._channel: BankChannel | None = None

    def select(self) -> Played:
        """The application."""
        return select_name(self.order.aid)

    def open(self) -> Play:
        """A channel with C-MACs."""
        yield from self.select()
        self._channel = None
        with suppress(StepRefused):
            self._channel = yield from open_channel(self.order.service.personalisation_keys)

    def store(self) -> Play:
        """One more data group in it; without one, what shows that there is none."""
        if self._channel is None:
            yield apdu("80E20000", bytes(3))
        else:
            yield from self._channel.store(0x00, next(GroupOrder(*self.order.data.groups[0]).pieces()))

    def send_raw(self, data: bytes) -> Play:
        """STORE DATA with any bytes in the open channel."""
        if self._channel is not None:
            yield from self._channel.store(0x00, data)

    def whole(self) -> Play:
        """A channel opened, one group stored."""
        yield from self.open()
        yield from self.store()


def channel_macros(owner: ChannelOwner) -> dict[str, Macro]:
    """Its dialogues by name."""
    rows = (
        Macro("open", lambda _: owner.open(), writes=True, restores=True, presents=True),
        Macro("open_bad", lambda _: spoiled(owner.open(), _AUTHENTICATE, 1), writes=True),
        Macro("open_bad_mac", lambda _: spoiled(owner.open(), _AUTHENTICATE, 1, at=20), writes=True),
        Macro("store", lambda _: owner.whole(), writes=True, restores=True),
    )
    return {row.name: row for row in rows}


class UnfinishedBank(NamedTuple):
    """The card, its one side with these dialogues, and the directories with the items that exist there."""

    owner: ChannelOwner
    bench: LabBench
    side: Side
    grounds: tuple[Ground, ...]


def unfinished_bank(specimen: ProfileSpecimen) -> UnfinishedBank | None:
    """The card of a profile whose bank side has a skeleton and no contents; None if it has no bank side."""
    profile = specimen.profile
    if profile.pse is None:
        return None
    order, trace = bank_order(profile, profile.pse), TraceBuffer()
    card = CountedCard(blank_card(profile, SeededRng(b"unfinished"), trace=trace), specimen.tally)
    born, maker = birth_order(profile), Maker()
    maker_bytes(card, born.historical)
    perform(card, birth(born, maker))
    perform(card, pre_personalise(order, Maker(BANK_FORM)))
    card.power_off()
    owner = ChannelOwner(order)
    finished = bank_macros.side(profile, profile.pse)
    rows = tuple(row for row in finished.rows if not row.life or _STAGE in {each.name for each in row.life})
    side = finished._replace(rows=rows, macros=channel_macros(owner), pool=())
    item = SessionItem(CHANNEL, owner.open, owner.store, _NO_CHANNEL)
    grounds = (Ground("unfinished application", owner.select, (item,)),)
    return UnfinishedBank(owner, LabBench(card, trace, card.snapshot(), {side.label: side}), side, grounds)
