"""Secrets that are presented for nothing, tries that come back, rights that outlive their key."""

# ruff: noqa: ARG001, ARG005 - a patch has the parameters of what it replaces, and needs few of them

from __future__ import annotations

from apdu.status import SW
from cos.kernel import presenting_secrets
from cos.kernel.presenting_secrets import Presented, demand_tries
from cos.kernel.refusal import Refusal
from cos.kernel.security_state import SecurityState
from cos.manager import commands as manager
from cos.pki import security as pki
from cos.psam.commands import making as psam_making
from cos.psam.security import authentication as psam
from cos.pse.personalisation import prepersonalisation as pse
from cos.ssse.commands import personalisation
from cos.ssse.security import authentication, secure_messaging
from keys.algorithms import BadBlocks
from keys.mac import same

from .patching import Patch, exchange_handler


def _spending_early(claim, challenge, shown, answer, *, counts=True):
    """A try is spent before it is known whether there is a random number that serves."""
    key = claim.store.key(claim.ref)
    demand_tries(claim)
    left = claim.store.spend_try(claim.ref) if counts else claim.store.tries_left(claim.ref)
    random = presenting_secrets.taken(challenge, claim.clause)
    try:
        expected = answer(key, random)
    except BadBlocks:
        raise presenting_secrets.unusable(random, key, claim.clause) from None
    if not same(expected, shown):
        return Presented(False, left, random)
    if counts:
        claim.store.restore_tries(claim.ref)
    return Presented(True, claim.store.tries_left(claim.ref), random)


def _giving_back(claim, challenge, shown, answer, *, counts=True):
    """The counter is filled when the command is refused for its random number, whatever it stood at."""
    try:
        return presenting_secrets.prove(claim, challenge, shown, answer, counts=counts)
    except Refusal as refusal:
        if refusal.sw == SW.REFERENCED_DATA_INVALID:
            claim.store.restore_tries(claim.ref)
        raise


def _giving_back_on_another_cipher(claim, challenge, shown, answer, *, counts=True):
    """The same where there is a random number, of a length that does not serve."""
    if challenge._value is None:
        return presenting_secrets.prove(claim, challenge, shown, answer, counts=counts)
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
    present = presenting_secrets.present
    patch.setattr(pki, "present", lambda claim, fits, fills=True: present(claim, fits))


def right_mac_fills_the_puk(patch: Patch) -> None:
    """PIN CHANGE/UNBLOCK likewise, for the PUK."""
    present = presenting_secrets.present
    patch.setattr(secure_messaging, "present", lambda claim, fits, fills=True: present(claim, fits))


# --- what presents nothing costs a try -------------------------------------------------------------------------------


def change_pin_spends_first(patch: Patch) -> None:
    """CHANGE PIN of the PKI side spends a try before it looks for a random number (as a version did)."""
    random_block = pki.random_block

    def spending(session):
        if pki.MANAGER_PIN in session.keys and session.at.challenge._value is None:
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


class _Unnoticed(Presented):
    """As a handler takes it that does not look whether the last try is spent."""

    __slots__ = ()
    locks = False


def _unnoticed(presenting_):
    return lambda *given, **how: _Unnoticed(*presenting_(*given, **how))


def locked_puk_unblocks(patch: Patch) -> None:
    """A PUK without tries unblocks on in the session in which it was proved (as a version did)."""

    def present(claim, fits, fills=True):
        left = claim.store.tries_left(claim.ref)
        return Presented(True, left) if fits() else _Unnoticed(False, claim.store.spend_try(claim.ref) if left else 0)

    patch.setattr(secure_messaging, "present", present)


def locked_puk_keeps_its_right(patch: Patch) -> None:
    """A PUK that its MACs have locked keeps the right, and says 6983 where it has none."""
    patch.setattr(secure_messaging, "present", _unnoticed(presenting_secrets.present))


def locked_key_keeps_its_right(patch: Patch) -> None:
    """A key of the social side that is locked after it was proved keeps what it has earned."""
    patch.setattr(authentication, "prove", _unnoticed(presenting_secrets.prove))


def locked_authority_keeps_its_right(patch: Patch) -> None:
    """An authority's key of a PSAM likewise."""
    without = SecurityState.without

    def keeping(self, directory, key):
        return self if key.kind == psam.EXTERNAL_KIND else without(self, directory, key)

    patch.setattr(SecurityState, "without", keeping)


def locked_manager_keeps_its_level(patch: Patch) -> None:
    """The manager PIN locked by CHANGE PIN keeps its level."""
    patch.setattr(pki, "present", _unnoticed(presenting_secrets.present))


def wrong_mac_is_free(patch: Patch) -> None:
    """A wrong MAC of PIN CHANGE/UNBLOCK costs nobody a try."""

    def claim(store, ref, what, clause):
        return None if what == "the PUK" else presenting_secrets.SecretClaim(store, ref, what, clause)

    patch.setattr(authentication, "SecretClaim", claim)


# --- a right outlives its key ----------------------------------------------------------------------------------------


def _forgetful(write_key):
    """A handler that loads a key and leaves what was proved as it was."""

    def forgetful(session, command):
        before = session.at.security
        response = write_key(session, command)
        session.at.security = before
        return response

    return forgetful


def replaced_social_master_rules(patch: Patch) -> None:
    """The right of a replaced key stays on the social side (as a version did)."""
    exchange_handler(patch, "ssse", personalisation.write_key, _forgetful(personalisation.write_key))


def replaced_bank_master_rules(patch: Patch) -> None:
    """The right of the PSE's replaced master key stays (as a version did)."""
    exchange_handler(patch, "pse", pse.write_key, _forgetful(pse.write_key))


def replaced_certificate_master_rules(patch: Patch) -> None:
    """The right of a replaced master key of the PKI side stays."""
    exchange_handler(patch, "pki", pki.change_master, _forgetful(pki.change_master))


def replaced_card_master_rules(patch: Patch) -> None:
    """The right of the replaced card master key stays in the MF."""
    write_key = manager.write_key

    def forgetful(session, command):
        before = session.proof
        response = write_key(session, command)
        session.proof = before
        return response

    exchange_handler(patch, "manager", write_key, forgetful)


def replaced_key_card_master_rules(patch: Patch) -> None:
    """The right of a replaced key of a PSAM stays."""
    exchange_handler(patch, "psam", psam_making.write_key, _forgetful(psam_making.write_key))


def application_inherits(patch: Patch) -> None:
    """An application deleted and made again under its identifier has the rights of the old one."""
    patch.setattr(SecurityState, "outside", lambda self, directory: self)


# --- compared before it is spent -------------------------------------------------------------------------------------


def mac_compared_first(patch: Patch) -> None:
    """The MAC of PIN CHANGE/UNBLOCK is compared first; only a wrong one costs the PUK a try (as a version did)."""

    def present(claim, fits, fills=True):
        demand_tries(claim)
        return Presented(True, claim.store.tries_left(claim.ref)) if fits() else _wrong(claim)

    patch.setattr(secure_messaging, "present", present)


def _wrong(claim):
    return Presented(False, claim.store.spend_try(claim.ref))
