"""All published tests of one study side by side."""
