"""The PSAM path (SSC-9; SC §1.1): the module in the second slot computes, and counts the terminal's settlements."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from apdu.link import SmartCard
from apdu.status import SW
from cos.ssse.tables.table_model import KeyKind, KeyRow, SocialAlgorithm
from dualcos.dialogue.driver import apdu, send
from dualcos.terminal.social.card_environment import CardEnvironment
from dualcos.terminal.social.sam_keys import SamCalculation, SamKeyPlace, SamKeys
from dualcos.terminal.social.sam_slot import PsamGone, PsamRefused, SamSlot
from dualcos.terminal.social.security_path import KeyProof, PathKind, PurchaseBegun, SettlementAsked
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from keys.mac import same
from keys.padding import pad, prefix_length
from keys.social_cryptography import city_factor, province_factor

_RANDOM = 8
T = TypeVar("T")


class PsamPath:
    """``sam``: the slot for the PSAM, None where the terminal has none. A ``SecurityPath``."""

    kind = PathKind.PSAM

    def __init__(self, sam: SmartCard | None) -> None:
        self._sam = sam
        self._slot: SamSlot | None = None
        self._keys: SamKeys | None = None
        self._rows: dict[str, KeyRow] = {}
        self._factors = (b"", b"", b"")

    def begin(self, card: CardEnvironment) -> None:
        """Power the PSAM and look at what it has for the cipher of ``card``. Raises TerminalStopped."""
        if self._sam is None:
            raise TerminalStopped(StopCause.NO_PSAM)
        rows = {row.name: row for directory in card.directories for row in directory.keys}
        slot = self._slot = SamSlot(self._sam)
        try:
            self._keys = SamKeys(slot, card.factors, tuple(rows.values()))
        except (PsamGone, PsamRefused) as error:
            raise TerminalStopped(StopCause.NO_PSAM, detail=("", str(error))) from None
        self._rows, self._factors = rows, card.factors.factors
        cipher = 0 if card.algorithm is SocialAlgorithm.DES else int(card.algorithm)
        if self._keys.environments[0].cipher != cipher and self._find("IRK", SamCalculation.ENCIPHER) is None:
            raise TerminalStopped(StopCause.PSAM_ALGORITHM)

    @property
    def terminal(self) -> bytes:
        """As the PSAM says (file 0016). Raises TerminalStopped."""
        return self._asked(lambda: self._held().terminal())

    def purchase_index(self) -> int:
        """As the PSAM announces (files 001A to 001C); 1 if it does not."""
        return self._held().environments[0].purchase_index or 1

    def original(self) -> bytes | None:
        """A random number of the PSAM."""
        slot = self._slot
        if slot is None:
            raise TerminalStopped(StopCause.NO_PSAM)
        return self._asked(lambda: slot.demand(send(apdu("00840000", le=_RANDOM)), _RANDOM))

    def card_proof(self, factor: bytes, original: bytes) -> bytes:
        """See the protocol."""
        place = self._place("IRK", SamCalculation.ENCIPHER)
        return self._asked(lambda: self._held().authentication(place, factor, original))

    def is_card_proof(self, factor: bytes, original: bytes, answered: bytes) -> bool:
        """See the protocol. SSC-9 gives the order of diversification factors for 80 70 only: where the card's first
        does not fit, the province's first is tried. It costs the card nothing.
        """
        held = self._held()
        for turned in (False, True):
            held.turned = turned
            if same(self.card_proof(factor, original), answered):
                return True
        held.turned = False
        return False

    def card_tells_order(self) -> bool:
        """True if internal authentication shows in which order the PSAM takes factors: IRK is derived in several steps.
        Of a key proved in the other order a try is lost.
        """
        place = self._find("IRK", SamCalculation.ENCIPHER)
        return place is not None and place.head.steps > 1

    def irk_group(self) -> int:
        """See the protocol."""
        group = self._place("IRK", SamCalculation.ENCIPHER).group
        return group if group > 1 else 0

    def key_proof(self, row: KeyRow, factor: bytes, original: bytes) -> KeyProof:
        """See the protocol."""
        place = self._place(row.name, SamCalculation.ENCIPHER)
        data = self._asked(lambda: self._held().authentication(place, factor, original))
        return KeyProof(data, original, place.group if place.group > 1 else 0)

    def secured(
        self, row: KeyRow, random: bytes, header: bytes, plain: bytes | None = None, clear: bytes = b""
    ) -> bytes:
        """See the protocol."""
        held, data = self._held(), clear
        if plain:
            cipher_place = self._place(row.name, SamCalculation.ENCIPHER)
            blocks = prefix_length(plain, held.block)
            data = self._asked(lambda: held.enciphered(cipher_place, random, blocks))
        covered = header + bytes((len(data) + 4,)) + data
        mac_place = self._place(row.name, SamCalculation.MAC)
        return covered + self._asked(lambda: held.mac(mac_place, random, pad(covered, held.block)))

    def begin_purchase(self, asked: SettlementAsked) -> PurchaseBegun:
        """See the protocol."""
        place = self._purchase_place(asked)
        sequence = int.from_bytes(asked.begun[14:16], "big")
        own, mac1 = self._asked(lambda: self._held().begin_purchase(place, asked.begun[18:22], sequence, asked.order))
        return PurchaseBegun(own, asked.order.time, mac1)

    def check_purchase(self, asked: SettlementAsked, begun: PurchaseBegun, mac2: bytes) -> bool:
        """See the protocol. What began it the PSAM knows."""
        del begun
        place = self._purchase_place(asked)
        return self._asked(lambda: self._held().credited(place, mac2))

    def demand_key(self, row: KeyRow, *calculations: SamCalculation) -> None:
        """Raises TerminalStopped if the PSAM has not this key for ``calculations``, or not for this card. None given:
        for a settlement or a proof, as the key is.
        """
        purchase = row.kind is KeyKind.PURCHASE
        for each in calculations or (SamCalculation.PURCHASE if purchase else SamCalculation.ENCIPHER,):
            self._place(row.name, each)

    # --- where keys are ----------------------------------------------------------------------------------------------

    def _purchase_place(self, asked: SettlementAsked) -> SamKeyPlace:
        """The parent of the version that the card names in its answer (SSC-9 table B1, note *)."""
        return self._place(asked.row.name, SamCalculation.PURCHASE, version=asked.begun[16])

    def _held(self) -> SamKeys:
        if self._keys is None:
            raise TerminalStopped(StopCause.NO_PSAM)
        return self._keys

    def _place(self, name: str, calculation: SamCalculation, version: int | None = None) -> SamKeyPlace:
        found = self._find(name, calculation, version)
        if found is None:
            if name == "RKSSSE":
                raise TerminalStopped(StopCause.PSAM_NO_RKSSSE)
            said = f"PSAM卡内未找到密钥{name}", f"the PSAM has no key {name}"
            raise TerminalStopped(StopCause.REFUSED, SW.REFERENCED_DATA_NOT_FOUND, detail=said)
        self._demand_level(found)
        return found

    def _find(self, name: str, calculation: SamCalculation, version: int | None = None) -> SamKeyPlace | None:
        row = self._rows.get(name)
        if row is None:
            return None
        asked = row.versions[0] if version is None else version
        if row.kind is KeyKind.PURCHASE:
            asked = asked or row.versions[0]
        return self._asked(lambda: self._held().place(row, asked, calculation))

    def _demand_level(self, place: SamKeyPlace) -> None:
        """A city's key serves cards of that city, a province's those of the province (inferred from SC §10.5)."""
        number = place.environment.terminal.hex()
        if not number:
            return
        _, city, province = self._factors
        # By steps left: what the PSAM's own city or province gives, and what the card's does.
        own = {1: (city_factor(number[:6]), city), 2: (province_factor(number[:6]), province)}.get(place.head.steps)
        if own is not None and own[0] != own[1]:
            raise TerminalStopped(StopCause.PSAM_LEVEL)

    def _asked(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except PsamGone:
            raise TerminalStopped(StopCause.NO_PSAM) from None
        except PsamRefused as refused:
            sw = self._slot.last_status if self._slot is not None else None
            failure = StopCause.NO_PSAM if sw in (None, SW.OK) else StopCause.REFUSED
            raise TerminalStopped(failure, sw, detail=("", str(refused))) from None
