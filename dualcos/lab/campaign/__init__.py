"""Campaigns (检测): vectors chosen, played on one sample or on the card each names, and gone on with where one stopped."""
