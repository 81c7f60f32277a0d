"""The card maker's key service: blank chips, and the order for the birth of each. Opens the maker's store only."""

from __future__ import annotations

from cos.card import Card
from cos.cos_options import CosOptions
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.personalise_birth import BirthOrder
from dualcos.dialogue.social import SSSE
from dualcos.issuance.exchange.order_services import usable_key
from dualcos.issuance.exchange.shared_keys import FIRST_BANK, FIRST_SOCIAL
from dualcos.profile.schema import Profile
from dualcos.profile.scope_of_card_block import reaches_whole_card
from firewall.hardware.randomness import SeededRng, SystemRng
from firewall.trace import TraceBuffer
from keys.algorithms import SM4, TDES
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner
from keys.key_handle import KeyHandle
from keys.social_cryptography import card_factor, child_key

TRANSPORT, CARD_MASTER, CARD_MASTER_ROOT = "transport", "card-master", "card-master-root"


class MakerService:
    """The card maker (initialiser): transport key, card master keys, the keys environments are handed over with.

    ``seed``: chips with reproducible random numbers; empty for true randomness.
    """

    __slots__ = ("_seed", "_store", "_template")

    def __init__(self, store: KeyFile, template: Profile, seed: str = "") -> None:
        store.demand_owner(KeyOwner.MAKER)
        self._store = store
        self._template = template
        self._seed = seed

    def order(self, historical: bytes) -> BirthOrder:
        """For one chip: every environment the template has. Raises KeyFileError, KeyServiceError."""
        template, store = self._template, self._store
        environments = []
        if template.ssse is not None:
            cipher = SM4 if template.ssse.algorithm == "SM4" else TDES
            environments.append((SSSE, usable_key(store, FIRST_SOCIAL, cipher)))
        if template.pse is not None:
            environments.append((PSE, usable_key(store, FIRST_BANK, TDES)))
        return BirthOrder(
            historical,
            self.transport,
            usable_key(store, CARD_MASTER, TDES),
            child_key(usable_key(store, CARD_MASTER_ROOT, TDES), card_factor(historical)),
            tuple(environments),
            reaches_whole_card(template.sections.values()),
            template.chip.laid_down_fci,
        )

    @property
    def transport(self) -> KeyHandle:
        """The transport key of blank chips. Raises KeyFileError, KeyServiceError."""
        return usable_key(self._store, TRANSPORT, TDES)

    def blank_chip(self, serial: int, trace: TraceBuffer | None = None) -> Card:
        """A chip as it comes from its maker, who burns the transport key into it: here that is us.

        ``trace``: who hears what it notes.
        """
        template = self._template
        options = CosOptions.of(*template.options, transmission=template.chip.transmission)
        rng = SeededRng(f"{self._seed} {serial:08X}".encode()) if self._seed else SystemRng()
        return Card.blank(bytes.fromhex(self._store.key(TRANSPORT).value), options, rng=rng, trace=trace)

    def historical(self, city: str, serial: int) -> bytes:
        """The template's historical bytes with the city's region and the serial number in them."""
        chip = self._template.chip
        region = city[:4] or chip.region
        return bytes.fromhex(chip.maker + chip.cos + chip.card_maker + region) + serial.to_bytes(4, "big")
