"""How each kind of environment is born and ruled (F13): header, form of its master key's proof and replacement."""

from __future__ import annotations

from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryHeader
from dualcos.dialogue import personalise_birth
from dualcos.dialogue.driver import Reply
from dualcos.dialogue.making import BANK_FORM, PKI_FORM, SOCIAL_FORM, MakersForm, directory
from dualcos.dialogue.pki import PkiHost
from dualcos.lab.properties import bank_macros, pki_macros, psam_macros, social_sides
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
        born = [(place.label, directory(place.fid, place.name)) for place in psam_macros.FURTHER]
        return {label: BirthOfStack(label, header, cipher) for label, header in born}
    found: dict[str, BirthOfStack] = {}
    if profile.ssse is not None:
        cipher = SM4 if profile.ssse.algorithm == "SM4" else TDES
        found[social_sides.LABEL] = BirthOfStack(social_sides.LABEL, personalise_birth.SSSE, cipher)
    if profile.pse is not None:
        found[bank_macros.LABEL] = BirthOfStack(bank_macros.LABEL, personalise_birth.PSE, TDES, BANK_FORM)
    if profile.pki is not None:
        found[pki_macros.LABEL] = BirthOfStack(pki_macros.LABEL, personalise_birth.PKI, SM4, PKI_FORM)
    return found
