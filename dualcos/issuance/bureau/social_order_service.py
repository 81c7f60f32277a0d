"""The bureau's key service: the order for the social side of each card. Opens the bureau's store only."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from cos.ssse.tables.table_model import KeyKind
from dualcos.dialogue.personalise_social import SocialOrder
from dualcos.issuance.bureau.social_file_contents import contents
from dualcos.issuance.exchange.input_columns import are_digits
from dualcos.issuance.exchange.order_services import KeyServiceError, usable_key
from dualcos.issuance.exchange.personalisation_file import SocialData
from dualcos.issuance.exchange.shared_keys import FIRST_SOCIAL
from dualcos.profile.social_plan import announced, directories, plan
from dualcos.profile.social_profile import SocialProfile
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.social_cryptography import card_factor, child_key

SOCIAL_MASTER = "social-master"
_SHORTEST_PIN, _LONGEST_PIN, _REGION_DIGITS = 4, 12, 6


def _cipher(social: SocialProfile) -> Algorithm:
    return SM4 if social.algorithm == "SM4" else TDES


class SocialService:
    """The bureau: roots of the social keys, and of the environment's master keys."""

    __slots__ = ("_plan", "_root", "_service", "_store", "_template")

    def __init__(self, store: KeyFile, template: SocialProfile) -> None:
        store.demand_owner(KeyOwner.SOCIAL)
        self._store = store
        self._template = template
        self._plan = plan(template)
        self._root = usable_key(store, SOCIAL_MASTER, _cipher(template))
        self._service = SocialKeyService(self._roots())

    def _roots(self) -> Mapping[tuple[str, int], TierKey]:
        """Every key the edition wants, all of them before the first card. Raises KeyServiceError."""
        template, roots = self._template, {}
        for name, version, algorithm in wanted_roots(template):
            try:
                stored = self._store.key(name, version)
            except KeyFileError:
                raise KeyServiceError(
                    f"the bureau's key store has no root {name}/{version}, which {template.version} cards need"
                ) from None
            handle = self._store.handle(name, version)
            if stored.purpose is not Purpose.SOCIAL_ROOT or handle.algorithm is not algorithm:
                raise KeyServiceError(f"{stored!r} is not a {algorithm.name} root of a social application key")
            roots[name, version] = TierKey(handle, stored.tier)
        return roots

    @property
    def service(self) -> SocialKeyService:
        """What a terminal of the bureau asks: proofs, external authentication."""
        return self._service

    def order(self, data: SocialData, historical: bytes) -> SocialOrder:
        """For one card. Raises KeyServiceError, KeyFileError, EncodingError."""
        template = self._template
        if data.version[:3] != template.version:
            raise KeyServiceError(f"the data are for a {data.version[:3]} card, the template makes {template.version}")
        card = SocialCard(data.city, historical)
        _demand_usable(data)
        made = contents(
            directories(template),
            data.placed(),
            self._service.identification_code(card),
            base64.b64decode(data.photo),
            template.charset,
        )
        first = usable_key(self._store, FIRST_SOCIAL, _cipher(template))
        master = child_key(self._root, card_factor(historical))
        return SocialOrder(self._plan, first, master, self._service, card, made, data.pin or template.pin)


def _demand_usable(data: SocialData) -> None:
    """What the checks of rows never let through, and another program's file may hold. Raises KeyServiceError."""
    # Never quote the PIN.
    if data.pin and not (are_digits(data.pin) and _SHORTEST_PIN <= len(data.pin) <= _LONGEST_PIN):
        raise KeyServiceError(f"row {data.row} column pin: {_SHORTEST_PIN} to {_LONGEST_PIN} digits are wanted")
    if not (are_digits(data.city) and len(data.city) == _REGION_DIGITS):
        raise KeyServiceError(f"row {data.row} column city_code: {_REGION_DIGITS} digits are wanted")
    try:
        base64.b64decode(data.photo, validate=True)
    except ValueError:
        raise KeyServiceError(f"row {data.row} column photo: not Base64") from None


def wanted_roots(template: SocialProfile) -> tuple[tuple[str, int, Algorithm], ...]:
    """Name, version and cipher of every root a template's cards take keys from."""
    cipher = _cipher(template)
    return tuple(
        (row.name, version, DES if cipher is TDES and row.length(announced(template)) == 8 else cipher)
        for directory in directories(template)
        for row in directory.keys
        if row.kind not in (KeyKind.MASTER, KeyKind.PIN)
        for version in row.versions
    )
