"""Other tools on the same files: seconds, memory, and whether the same metrics have the same values."""
