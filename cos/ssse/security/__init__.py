"""Security management of the social side (安全管理模块): rights, keys, PIN, authentication, messaging, blocking."""
