"""A key store of invented test keys of a social bureau, as a ceremony would leave it."""

from __future__ import annotations

from dualcos.issuance.bureau.social_order_service import SOCIAL_MASTER, wanted_roots
from dualcos.issuance.exchange.shared_keys import FIRST_SOCIAL
from dualcos.profile.social_profile import SocialProfile
from firewall.hardware.randomness import Rng
from keys.custody.key_store_file import KeyFile
from keys.custody.ownership import KeyOwner, Purpose


def invented_bureau_keys(template: SocialProfile | None, rng: Rng) -> KeyFile:
    """Every root a template's cards need, and the hand-over key for the maker; empty for cards without this side."""
    store = KeyFile(KeyOwner.SOCIAL, "test keys of a social bureau")
    if template is None:
        return store
    algorithm = "SM4" if template.algorithm == "SM4" else "3DES"
    store.generate(FIRST_SOCIAL, Purpose.FIRST_SOCIAL, algorithm, rng)
    store.generate(SOCIAL_MASTER, Purpose.SOCIAL_MASTER, algorithm, rng)
    for name, version, cipher in wanted_roots(template):
        store.generate(name, Purpose.SOCIAL_ROOT, cipher.name, rng, version=version)
    return store
