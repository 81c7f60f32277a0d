"""Campaigns: properties searched over many cards and seeds, on any number of machines, and what came of it."""
