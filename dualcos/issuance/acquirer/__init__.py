"""The acquirer (收单机构): terminals and their keys, terminals' messages turned into questions to issuers, batches."""
