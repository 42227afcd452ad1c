"""One prediction against the truth: every metric, and what is known about it."""
