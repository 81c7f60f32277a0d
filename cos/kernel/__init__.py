"""Mechanism that every stack is built from: engine, gates, files, rules, transmission.

Knows no AID, no scheme, no instruction and no key number; those are policy and live in the stacks.
"""
