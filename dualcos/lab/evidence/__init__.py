"""Evidence of a campaign (证据): written down so that no byte can be changed unseen, signed, compared."""
