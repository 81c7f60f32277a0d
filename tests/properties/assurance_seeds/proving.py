"""Secrets that are presented for nothing, tries that come back, rights that outlive their key."""

# ruff: noqa: ARG001, ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from apdu.status import SW
from cos.kernel import presenting
from cos.kernel.access import SecurityState
from cos.kernel.presenting import Presented, demand_tries
from cos.kernel.refusal import Refusal
from cos.manager import commands as manager
from cos.pki import security as pki
from cos.pki.environment import PkiSession
from cos.psam.commands import making as psam_making
from cos.psam.security import authentication as psam
from cos.pse.personalisation import making as pse
from cos.ssse.commands import personalisation
from cos.ssse.security import authentication, blocking, messaging
from keys.algorithms import BadBlocks
from keys.mac import same

from .patching import Patch, exchange_bank_handler, exchange_handler


def _spending_early(claim, challenge, shown, answer, *, counts=True):
    """A try is spent before it is known whether there is a random number that serves."""
    key = claim.store.key(claim.ref)
    demand_tries(claim)
    left = claim.store.spend_try(claim.ref) if counts else claim.store.tries_left(claim.ref)
    random = presenting.taken(challenge, claim.clause)
    try:
        expected = answer(key, random)
    except BadBlocks as error:
        raise presenting.unusable(str(error), claim.clause) from None
    if not same(expected, shown):
        return Presented(False, left, random)
    if counts:
        claim.store.restore_tries(claim.ref)
    return Presented(True, claim.store.tries_left(claim.ref), random)


def _giving_back(claim, challenge, shown, answer, *, counts=True):
    """The counter is filled when the command is refused for its random number, whatever it stood at."""
    try:
        return presenting.prove(claim, challenge, shown, answer, counts=counts)
    except Refusal as refusal:
        if refusal.sw == SW.REFERENCED_DATA_INVALID:
            claim.store.restore_tries(claim.ref)
        raise


def _giving_back_on_another_cipher(claim, challenge, shown, answer, *, counts=True):
    """The same where there is a random number, of a length that does not serve."""
    if challenge._value is None:
        return presenting.prove(claim, challenge, shown, answer, counts=counts)
    return _giving_back(claim, challenge, shown, answer, counts=counts)


# --- a refusal gives tries back --------------------------------------------------------------------------------------


def key_card_gives_back(patch: Patch) -> None:
    """A PSAM that is refused a random number it cannot use gives all tries back (as a version did)."""
    patch.setattr(psam, "prove", _giving_back_on_another_cipher)


def certificates_give_back(patch: Patch) -> None:
    """VERIFY of the PKI side without a random number gives all tries back."""
    patch.setattr(pki, "prove", _giving_back)


def manager_gives_back(patch: Patch) -> None:
    """So does the MF with a random number of another cipher."""
    patch.setattr(manager, "prove", _giving_back_on_another_cipher)


def right_mac_fills_the_counter(patch: Patch) -> None:
    """CHANGE PIN of the PKI side fills the counter when the MAC is right, though what is in it is refused."""
    present = presenting.present
    patch.setattr(pki, "present", lambda claim, fits, fills=True: present(claim, fits))


def right_mac_fills_the_puk(patch: Patch) -> None:
    """PIN CHANGE/UNBLOCK likewise, for the PUK."""
    present = presenting.present
    patch.setattr(messaging, "present", lambda claim, fits, fills=True: present(claim, fits))


# --- what presents nothing costs a try -------------------------------------------------------------------------------


def change_pin_spends_first(patch: Patch) -> None:
    """CHANGE PIN of the PKI side spends a try before it looks for a random number (as a version did)."""
    random_block = pki.random_block

    def spending(session):
        if pki.MANAGER_PIN in session.keys and session.challenge._value is None:
            session.keys.spend_try(pki.MANAGER_PIN)
        return random_block(session)

    patch.setattr(pki, "random_block", spending)


def social_key_spends_first(patch: Patch) -> None:
    """EXTERNAL AUTHENTICATION of the social side spends a try before it looks for a random number."""
    patch.setattr(authentication, "prove", _spending_early)


def bank_master_spends_first(patch: Patch) -> None:
    """The master key of the PSE spends a try on a random number of 4 bytes, which does not serve."""
    patch.setattr(pse, "prove", _spending_early)


# --- a right outlives the tries of its key ---------------------------------------------------------------------------


def locked_puk_unblocks(patch: Patch) -> None:
    """A PUK without tries unblocks on in the session in which it was proved (as a version did)."""

    def present(claim, fits, fills=True):
        left = claim.store.tries_left(claim.ref)
        return Presented(True, left) if fits() else Presented(False, claim.store.spend_try(claim.ref) if left else 0)

    patch.setattr(messaging, "present", present)
    patch.setattr(messaging, "forfeit", lambda session, directory, key: None)


def locked_puk_keeps_its_right(patch: Patch) -> None:
    """A PUK that its MACs have locked keeps the right, and says 6983 where it has none."""
    patch.setattr(messaging, "forfeit", lambda session, directory, key: None)


def locked_key_keeps_its_right(patch: Patch) -> None:
    """A key of the social side that is locked after it was proved keeps what it has earned."""
    patch.setattr(authentication, "forfeit", lambda session, directory, key: None)


def locked_authority_keeps_its_right(patch: Patch) -> None:
    """An authority's key of a PSAM likewise."""
    without = SecurityState.without

    def keeping(self, directory, key):
        return self if key.kind == psam.Kind.EXTERNAL else without(self, directory, key)

    patch.setattr(SecurityState, "without", keeping)


def locked_manager_keeps_its_level(patch: Patch) -> None:
    """The manager PIN locked by CHANGE PIN keeps its level."""
    patch.setattr(pki, "shut", lambda session, ref: None)


def wrong_mac_is_free(patch: Patch) -> None:
    """A wrong MAC of PIN CHANGE/UNBLOCK costs nobody a try."""
    patch.setattr(blocking, "Claim", lambda store, ref, what, clause: None)


# --- a right outlives its key ----------------------------------------------------------------------------------------


def replaced_social_master_rules(patch: Patch) -> None:
    """The right of a replaced key stays on the social side (as a version did)."""
    patch.setattr(personalisation, "forfeit", lambda session, directory, key: None)


def replaced_bank_master_rules(patch: Patch) -> None:
    """The right of the PSE's replaced master key stays (as a version did)."""
    write_key = pse.write_key

    def forgetful(session, command):
        before = session.proved
        response = write_key(session, command)
        session.proved = before
        return response

    exchange_bank_handler(patch, write_key, forgetful)


def replaced_certificate_master_rules(patch: Patch) -> None:
    """The right of a replaced master key of the PKI side stays."""
    patch.setattr(PkiSession, "forfeit", lambda self, ref: None)


def replaced_card_master_rules(patch: Patch) -> None:
    """The right of the replaced card master key stays in the MF."""
    write_key = manager.write_key

    def forgetful(session, command):
        before = session.proof
        response = write_key(session, command)
        session.proof = before
        return response

    exchange_handler(patch, "MANAGER_TABLE", write_key, forgetful)


def replaced_key_card_master_rules(patch: Patch) -> None:
    """The right of a replaced key of a PSAM stays."""
    write_key = psam_making.write_key

    def forgetful(session, command):
        before = session.security
        response = write_key(session, command)
        session.security = before
        return response

    exchange_handler(patch, "PSAM_TABLE", write_key, forgetful)


def application_inherits(patch: Patch) -> None:
    """An application deleted and made again under its identifier has the rights of the old one."""
    patch.setattr(SecurityState, "outside", lambda self, directory: self)


# --- compared before it is spent -------------------------------------------------------------------------------------


def mac_compared_first(patch: Patch) -> None:
    """The MAC of PIN CHANGE/UNBLOCK is compared first; only a wrong one costs the PUK a try (as a version did)."""

    def present(claim, fits, fills=True):
        demand_tries(claim)
        return Presented(True, claim.store.tries_left(claim.ref)) if fits() else _wrong(claim)

    patch.setattr(messaging, "present", present)


def _wrong(claim):
    return Presented(False, claim.store.spend_try(claim.ref))
