"""Security of the PSAM: rights, authentication, key files, delivered keys, purchase."""
