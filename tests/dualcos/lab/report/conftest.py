"""One campaign of the tests' own vectors, played once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from dualcos.lab.report.campaign_report import CampaignReport
from tests.dualcos.lab.report.reported_vectors import play, report_of, write_unit


class PlayedCampaign(NamedTuple):
    unit: Path
    campaign: Path
    report: CampaignReport


@pytest.fixture(scope="session")
def played(tmp_path_factory) -> PlayedCampaign:
    folder = tmp_path_factory.mktemp("reported")
    unit = write_unit(folder / "reported.json")
    campaign = play(unit, folder / "a.campaign", "--laboratory", "Test </title><i>实验室")
    return PlayedCampaign(unit, campaign, report_of(campaign, unit))
