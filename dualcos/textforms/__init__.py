"""Text forms that people and programs hand in: one reader for each, which takes anything."""
