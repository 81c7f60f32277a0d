"""No test asks how long something takes: Hypothesis has no deadline here, and does not mind a busy machine.

With CI set it loads its own profile ``ci``, which says the same and draws the same examples in every run.
What runs first: ``first_verdicts.py``.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.first_verdicts import ordered

pytest_plugins = ("pytester",)  # for tests of our own plug-in; pytest takes this from nowhere deeper
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if not os.environ.get("CI"):
    settings.load_profile("unhurried")


@pytest.hookimpl(trylast=True)  # behind pytest's own grouping by what tests share
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    items[:] = [items[place] for place in ordered([item.nodeid for item in items], workers)]
