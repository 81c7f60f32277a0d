"""Conformance vectors (符合性向量): data that say what a card must answer, and the runner that plays them on any card.

``vector_file`` reads files, ``command_template`` and ``answer_pattern`` are the two small languages in them,
``template_functions`` computes what the host must, ``card_on_bench`` puts a card on the table, ``playing`` judges,
``run_report`` and ``coverage`` tell what came of it.
"""
