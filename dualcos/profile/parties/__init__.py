"""What each party's work needs of a test card, gathered from its profile: terminal, issuer, card maker, PSAM."""
