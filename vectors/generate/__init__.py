"""Writes ``vectors/pse/*.json`` and ``vectors/generated/*.json``: ``python -m vectors.generate``.

Rows that differ in one value are multiplied here; every expectation is restated from the standard, never asked of a
card. The files are what counts: they can be read, judged and played without this program.
"""
