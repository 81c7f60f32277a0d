"""The card file (卡片文件): a card that stays, in one file on the host's disk."""
