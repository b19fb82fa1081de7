"""The data and the events everything rests on."""
