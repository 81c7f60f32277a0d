"""How a bank's application is made: files and keys under the environment's master key, contents over a channel."""
