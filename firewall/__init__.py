"""The wall between the environments (应用防火墙): partitions, grants, the dispatcher and the mint.

An environment is given one ``Grant`` and nothing else; it has no way to name another's things.
"""
