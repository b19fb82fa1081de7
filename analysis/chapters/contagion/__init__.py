"""How markets move together on event days and otherwise."""
