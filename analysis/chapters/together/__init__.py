"""Whether markets reacted together."""
