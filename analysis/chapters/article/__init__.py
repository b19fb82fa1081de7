"""One article: its question, its events and its claims."""
