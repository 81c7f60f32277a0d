"""The card manager (卡片管理): answers for the MF, owns the card master key, gives birth to the environments.

Once an environment has its master key the manager has no way to reach it.
"""
