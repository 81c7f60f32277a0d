"""Try counters that can be had back."""

from __future__ import annotations

from cos.kernel.presenting_secrets import Presented, demand_tries
from cos.pse.session import PseSession
from cos.ssse import session as ssse_environment
from cos.ssse.security import authentication, key_types

from .patching import Patch


def counter_rolled_back(patch: Patch) -> None:
    """The try is spent inside the command's transaction; the refusal rolls it back."""

    def present(claim, fits):
        demand_tries(claim)
        left = claim.store.tries_left(claim.ref)
        return Presented(True, left) if fits() else Presented(False, left - 1)

    patch.setattr(authentication, "present", present)


def compare_then_decrement(patch: Patch) -> None:
    """The PIN is compared first; only a wrong one costs a try. Found by a cut only."""

    def present(claim, fits):
        demand_tries(claim)
        if not fits():
            return Presented(False, claim.store.spend_try(claim.ref))
        claim.store.restore_tries(claim.ref)
        return Presented(True, claim.store.tries_left(claim.ref))

    patch.setattr(authentication, "present", present)


def reset_restores_tries(patch: Patch) -> None:
    """A new session starts with full counters."""
    init = ssse_environment.SsseSession.__init__

    def generous(self, environment):
        init(self, environment)
        store = self.at.keys(self.at.home.fid)
        if key_types.PIN_REF in store.refs():
            store.restore_tries(key_types.PIN_REF)

    patch.setattr(ssse_environment.SsseSession, "__init__", generous)


def transaction_number_in_memory(patch: Patch) -> None:
    """The transaction counter is counted in the session only; leaving takes it back."""
    commit = PseSession.commit

    def forgetful(self, counters):
        commit(self, counters._replace(atc=0))
        self.counters = counters

    patch.setattr(PseSession, "commit", forgetful)
