"""A counter with a card, a PSAM or none, and the national library; its HSM is the bureau's desk, or made by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from apdu.link import SmartCard
from dualcos.profile.invented_holder import InventedHolder
from dualcos.profile.schema import Profile, load
from dualcos.profile.social_order import holder, key_service, social_card
from dualcos.profile.social_profile import SocialProfile
from dualcos.reader.slot import Slot
from dualcos.terminal.interface.caller_buffers import CharBuffer
from dualcos.terminal.interface.interface_settings import STANDARD, InterfaceSettings
from dualcos.terminal.interface.national_functions import FUNCTIONS
from dualcos.terminal.interface.reader_library import ReaderLibrary
from dualcos.terminal.interface.ss_card_driver import SSCardDriver
from dualcos.terminal.interface.variants.back_end_steps import BackEndSteps
from keys.custody.social_key_service import SocialCard, SocialKeyService
from tests.demonstration_desk import demonstration_desk
from tests.dualcos.terminal.terminal_bench import TypingHolder, WatchedCard, made_card, psam_for

TIME = "20261129120000"
PAY = f"50.00|30.00|{TIME}|"


class Said(NamedTuple):
    code: int
    text: str

    @property
    def fields(self) -> list[str]:
        assert self.text.endswith("|")
        return self.text.split("|")[:-1]


def wrong_proof(step1: str) -> str:
    """PKey of a second step with the pair's original information and data that no key gives."""
    return "00" * 8 + step1.split("|")[3]


class Counter:
    """``sam``: another PSAM than the fitting one by name, None for none. ``chosen``: settings of the card's profile,
    ``sam_chosen`` of the PSAM's.
    """

    def __init__(
        self,
        profile: str = "social-2.0",
        *,
        sam: str | None = "",
        card: SmartCard | None = None,
        settings: InterfaceSettings = STANDARD,
        chosen: tuple[str, ...] = (),
        sam_chosen: tuple[str, ...] = (),
    ) -> None:
        self.name = profile
        self.profile: Profile = load(profile, settings=chosen)
        self.card = WatchedCard(card or made_card(profile, *chosen))
        self.slot = Slot("card", self.card)
        self.sam = None if sam is None else WatchedCard(made_card(sam or psam_for(profile), *sam_chosen))
        self.sam_slot = None if self.sam is None else Slot("sam", self.sam)
        self.pad = TypingHolder()
        self.library = ReaderLibrary.of(self.slot, self.sam_slot)
        self.driver = SSCardDriver(self.library, self.pad, settings)

    def call(self, name: str, *arguments: int | str | bytes, size: int | None = None) -> Said:
        row = FUNCTIONS.get(name)
        out = CharBuffer(size if size is not None else row.out if row else 1024)
        code = getattr(self.driver, name)(*arguments, out)
        return Said(code, out.text.decode("gbk"))

    def good(self, name: str, *arguments: int | str | bytes) -> Said:
        said = self.call(name, *arguments)
        assert said.code == 0, said
        return said

    def steps(self) -> BackEndSteps:
        """The bureau's desk behind it."""
        return BackEndSteps(self.driver, demonstration_desk([self.name]), count(1).__next__)

    def between(self, function: Callable[[int, str, CharBuffer], int], text: str) -> str:
        """What the back end makes of a step's text."""
        out = CharBuffer(256)
        assert function(1, text, out) == 0, out.text.decode("gbk")
        return out.text.decode("ascii")

    @property
    def social(self) -> SocialProfile:
        assert self.profile.ssse is not None
        return self.profile.ssse

    @property
    def person(self) -> InventedHolder:
        return holder(self.profile, self.social)

    @property
    def keys(self) -> SocialKeyService:
        return key_service(self.profile, self.social)

    @property
    def of_keys(self) -> SocialCard:
        return social_card(self.profile, self.social)

    @property
    def info(self) -> str:
        """pCardInfo of this card."""
        return f"{self.person.identification.hex().upper()}|{self.person.card_number}|"

    @property
    def algorithm(self) -> str:
        return {"3DES": "01", "SM4": "03"}[self.social.algorithm]

    @property
    def is_3(self) -> bool:
        return self.social.version.startswith("3")

    @property
    def is_1(self) -> bool:
        return self.social.version.startswith("1")

    @property
    def at_rest(self) -> bool:
        """The card has no power, nor has the PSAM."""
        return not self.slot.powered and (self.sam_slot is None or not self.sam_slot.powered)
