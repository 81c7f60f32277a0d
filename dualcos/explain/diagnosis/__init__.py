"""Which mistake a refusal comes from (诊断): found by whoever explains an exchange, never by the card.

``findings`` looks at one exchange: from the wire alone, and for a test card in the laboratory's hand by trying the
usual wrong inputs of a computation that did not fit (``computation``, ``wrong_inputs``). The card knows nothing of it.
"""
