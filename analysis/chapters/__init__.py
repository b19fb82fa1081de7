"""The telling: one folder a page, with its words, tables and pictures."""
