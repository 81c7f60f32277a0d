"""The laboratory's report (检测报告): a campaign's records and its vectors as values; as page, lines, JUnit."""
