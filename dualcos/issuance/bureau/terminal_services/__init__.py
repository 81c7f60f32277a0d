"""What the bureau's back end answers to social terminals (联机处理): keys, register, accounts, settlements."""
