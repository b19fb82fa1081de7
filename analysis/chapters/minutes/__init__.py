"""The chapter on minutes: what intraday bars show that daily closes do not."""
