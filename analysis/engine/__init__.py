"""The event-study engine: arrays in, abnormal returns and their worth out.

It knows no market, no session of an exchange and no file.
"""
