"""Which findings hold whatever reasonable choices are made."""
