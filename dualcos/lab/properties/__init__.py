"""Evidence (证据): firewall properties and the assurance contract T1 to T8, run against a card profile.

What each says is in ``README.md`` beside this file.

``campaign.search`` looks for a violation of one property, ``campaign.run`` for any of them, ``tearing.sweep`` cuts
power at every point of every writing command, ``report`` writes down what was run. Needs the package ``hypothesis``.
"""
