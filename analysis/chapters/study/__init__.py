"""The page of a table of events: answer, path, groups, ladder, table, spread, every event."""
