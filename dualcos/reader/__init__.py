"""Readers: what a terminal's software sees as the slot a card sits in.

A ``Slot`` holds a ``SmartCard`` and supervises it; a transport shows slots to the outside: ``embedded`` is a
PC/SC service of our own, ``vpcd`` plugs into a running pcscd, and ``pcsc`` goes the other way and makes a card in
a real reader a ``SmartCard``. None of them knows which card it carries.
"""
