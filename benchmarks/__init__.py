"""Benchmarks: simulated files of any size, one machine, growth, and other tools on the same files."""
