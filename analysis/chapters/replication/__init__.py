"""Studies by others run again: what they printed, and what comes out."""
