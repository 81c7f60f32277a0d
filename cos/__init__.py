"""The card operating system (卡片操作系统): one COS, two applications."""
