"""Every target there is, declared once: the fuzzer, the replay of the corpus and the README's list come from here."""

from __future__ import annotations

from tests.fuzzing import acquirer_link, card, host_files, issuance_files, paying_card, readers, social_back_end, wire
from tests.fuzzing.target import Target

TARGETS: tuple[Target, ...] = (
    *card.TARGETS,
    *wire.TARGETS,
    *readers.TARGETS,
    *host_files.TARGETS,
    *issuance_files.TARGETS,
    *social_back_end.TARGETS,
    *acquirer_link.TARGETS,
    *paying_card.TARGETS,
)


def find(name: str) -> Target:
    """A target by name. Raises KeyError."""
    return {target.name: target for target in TARGETS}[name]
