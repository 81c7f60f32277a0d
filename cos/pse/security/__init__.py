"""Security management of the bank side (安全管理模块): PIN, issuer authentication, scripts, blocking."""
