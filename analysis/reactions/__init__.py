"""Reactions of markets to dated events: what the founding question needs beyond the engine.

``market_data`` places the events, ``study`` runs everything a store holds; the other modules each
compute one kind of table from it.
"""
