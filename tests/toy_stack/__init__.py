"""A sixth environment, for tests: a word to be shown, tickets that are counted. It is all in this folder."""
