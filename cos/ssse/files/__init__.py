"""File management of the social side (文件管理模块): selection, reading, writing."""
