"""Fault injection (故障注入) for terminal developers: a card that misbehaves by script, so that recovery can be tested.

Never on by accident: the only door is the ``--faults`` option of ``dualcos serve`` and ``dualcos run``. No profile,
card file or environment variable can name a script. Every fault says ``FAULT injected`` in the trace.
"""
