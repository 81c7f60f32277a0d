"""Evidence (证据): firewall properties and the assurance contract T1 to T8, run against a card profile.

What each says is in ``docs/properties.md``. ``list_of_properties`` has them all; ``tearing_of_macros`` cuts power at
every point of every writing dialogue. Searching, on any number of machines: ``dualcos.lab.search``; in tests of one's
own: ``dualcos.lab.fuzzing``. Needs the package ``hypothesis``.
"""
