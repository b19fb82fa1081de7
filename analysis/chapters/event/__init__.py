"""One event in every market."""
