"""What survives when few events are looked at honestly."""
