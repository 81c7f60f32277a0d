"""The laboratory's report (检测报告): a campaign file's records and the vectors as values, as a page, as lines, as JUnit."""
