"""Key holders outside the card: the bureau's service, the bank's host, a test CA, the PSAM's arithmetic.

The two issuers never hold each other's keys; nothing on the card imports this package.
"""
