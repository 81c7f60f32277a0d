"""The card maker (卡片供应商): blank chips, their birth, both environments handed over. Knows neither issuer."""
