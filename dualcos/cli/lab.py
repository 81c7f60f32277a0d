"""``dualcos lab``: what a laboratory does with vectors: campaigns, their evidence, what is compared."""

from __future__ import annotations

from dualcos.cli.grouped_actions import grouped
from dualcos.cli.lab_action import LabAction
from dualcos.cli.lab_diff import LAB_DIFF
from dualcos.cli.lab_ics import LAB_ICS
from dualcos.cli.lab_items import LAB_ITEMS_ACTION
from dualcos.cli.lab_key import LAB_KEY
from dualcos.cli.lab_plan import LAB_PLAN
from dualcos.cli.lab_report import LAB_REPORT
from dualcos.cli.lab_run import LAB_RUN
from dualcos.cli.lab_schema import LAB_SCHEMA
from dualcos.cli.lab_verify import LAB_VERIFY

# A new action is one more line here.
ACTIONS: tuple[LabAction, ...] = (
    LAB_RUN,
    LAB_PLAN,
    LAB_ICS,
    LAB_ITEMS_ACTION,
    LAB_KEY,
    LAB_VERIFY,
    LAB_DIFF,
    LAB_SCHEMA,
    LAB_REPORT,
)


LAB = grouped("lab", "campaigns of vectors: run, gone on with, signed, verified, compared, reported", ACTIONS)
