"""No test asks how long something takes: Hypothesis has no deadline here, and does not mind a busy machine.

With CI set it loads its own profile ``ci``, which says the same and draws the same examples in every run.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
if not os.environ.get("CI"):
    settings.load_profile("unhurried")
