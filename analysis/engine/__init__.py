"""The event-study engine: arrays in, abnormal returns and their worth out.

It knows no market, no session of an exchange and no file.
"""

#: Level at which a test rejects and a reaction stands out, wherever no other is asked for.
LEVEL = 0.05
