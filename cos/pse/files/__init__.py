"""File management of the bank side (文件管理模块): selection, reading, writing, the transaction log."""
