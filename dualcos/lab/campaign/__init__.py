"""Campaigns (检测): vectors chosen, played on one sample or on the card each names, gone on with after a stop."""
