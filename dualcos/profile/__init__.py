"""Profiles (卡片模板): what a card is to be, as data, and the card made from it by commands."""
