"""How each kind of environment is born and ruled (F13): header, form of its master key's proof and replacement."""

from __future__ import annotations

from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryHeader
from cos.stacks import STACKS, places
from dualcos.dialogue.driver import Reply
from dualcos.dialogue.making import BANK_FORM, PKI_FORM, SOCIAL_FORM, MakersForm, directory
from dualcos.dialogue.pki import PkiHost
from dualcos.lab.properties import bank_macros, pki_macros, psam_macros
from dualcos.profile.birth_order import birth_order
from dualcos.profile.schema import Profile
from keys.algorithms import SM4, TDES, Algorithm
from keys.key_handle import KeyHandle


class BirthOfStack(NamedTuple):
    """One kind of environment. ``algorithm``: of the master keys it gets here; ``form``: how they are proved."""

    label: str
    header: DirectoryHeader
    algorithm: Algorithm
    form: MakersForm = SOCIAL_FORM

    def replace(self, under: KeyHandle, key: KeyHandle) -> Reply:
        """Its master key by ``key``, under ``under``. The PKI side has a command of its own, for keys of its cipher; a
        thief has the card's and tries the other form.
        """
        if self.form is PKI_FORM and under.block == key.block:
            return PkiHost().change_master(under, key)
        return SOCIAL_FORM.write_master(under, key)


def kinds(profile: Profile) -> dict[str, BirthOfStack]:
    """The environments of the card that ``profile`` makes; of a PSAM all that its COS makes."""
    if profile.psam is not None:
        cipher = SM4 if profile.psam.mf == "SM4" else TDES
        born = [(directory(place.fid, place.name), cipher) for place in psam_macros.FURTHER]
    else:
        born = [(header, master.algorithm) for header, master in birth_order(profile).environments]
    labels = {place.name: place.label for place, _ in places(STACKS) if not place.root}
    forms = {bank_macros.LABEL: BANK_FORM, pki_macros.LABEL: PKI_FORM}
    named = ((labels[header.name], header, cipher) for header, cipher in born)
    made = (BirthOfStack(label, header, cipher, forms.get(label, SOCIAL_FORM)) for label, header, cipher in named)
    return {each.label: each for each in made}
