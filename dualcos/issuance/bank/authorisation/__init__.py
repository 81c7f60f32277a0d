"""The issuer's authorisation core (发卡行授权): what a bank answers to its acquirers, and its books. No connection."""
