"""Try counters that can be had back."""

from __future__ import annotations

from cos.pse.environment import PseSession
from cos.ssse import environment as ssse_environment
from cos.ssse.security import rights
from keys import pin

from .patching import Patch


def counter_rolled_back(patch: Patch) -> None:
    """The try is spent inside the command's transaction; the refusal rolls it back."""

    def present(store, ref, presented):
        left = store.tries_left(ref)
        if not left:
            return pin.PinVerdict(right=False, tries_left=0, was_locked=True)
        if not store.matches(ref, presented):
            return pin.PinVerdict(right=False, tries_left=left - 1, was_locked=False)
        return pin.PinVerdict(right=True, tries_left=left, was_locked=False)

    patch.setattr(pin, "present", present)


def compare_then_decrement(patch: Patch) -> None:
    """The PIN is compared first; only a wrong one costs a try. Found by a cut only."""

    def present(store, ref, presented):
        if not store.tries_left(ref):
            return pin.PinVerdict(right=False, tries_left=0, was_locked=True)
        if store.matches(ref, presented):
            store.restore_tries(ref)
            return pin.PinVerdict(right=True, tries_left=store.tries_left(ref), was_locked=False)
        return pin.PinVerdict(right=False, tries_left=store.spend_try(ref), was_locked=False)

    patch.setattr(pin, "present", present)


def reset_restores_tries(patch: Patch) -> None:
    """A new session starts with full counters."""
    init = ssse_environment.SsseSession.__init__

    def generous(self, environment):
        init(self, environment)
        store = self.keys(self.home.fid)
        if rights.PIN_REF in store.refs():
            store.restore_tries(rights.PIN_REF)

    patch.setattr(ssse_environment.SsseSession, "__init__", generous)


def transaction_number_in_memory(patch: Patch) -> None:
    """The transaction counter is counted in the session only; leaving takes it back."""
    commit = PseSession.commit

    def forgetful(self, counters):
        commit(self, counters._replace(atc=0))
        self.counters = counters

    patch.setattr(PseSession, "commit", forgetful)
