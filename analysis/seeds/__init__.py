"""What we were given and decided, read from YAML with every problem at once."""
