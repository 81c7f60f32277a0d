"""``dualcos lab key``: the laboratory's key, which signs campaigns, and its public half for those who verify them."""

from __future__ import annotations

from functools import partial

from dualcos.cli.facts.signing_key_facts import LaboratoryKeyFacts
from dualcos.cli.lab_action import LabAction
from dualcos.cli.signing_key_files import SigningKeyUse, declare_key_actions, run_key_action

_USE = SigningKeyUse(
    called="laboratory key",
    kept="campaigns signed with it could not be signed again: choose another name",
    new="keep it and what opens it apart; without it no campaign of yours can be signed",
    public="`dualcos lab verify CAMPAIGN --public-key FILE`",
    sheet=LaboratoryKeyFacts,
)

LAB_KEY = LabAction(
    "key",
    "the laboratory's key, which signs campaigns: made, its public half shown",
    partial(declare_key_actions, use=_USE),
    run_key_action,
)
