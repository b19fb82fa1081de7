"""Article in, events out: dated candidate events and checkable claims, for a person to review."""
