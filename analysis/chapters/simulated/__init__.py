"""A simulated market in which the truth is known."""
