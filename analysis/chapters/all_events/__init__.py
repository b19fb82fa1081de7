"""Every event in every market."""
