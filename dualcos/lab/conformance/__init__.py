"""Conformance vectors (符合性向量): data that say what a card must answer, and the runner that plays them on any card.

``vector`` reads files, ``template`` and ``pattern`` are the two small languages in them, ``hand`` computes what the
host must, ``bench`` puts a card on the table, ``play`` judges, ``report`` and ``coverage`` tell what came of it.
"""
