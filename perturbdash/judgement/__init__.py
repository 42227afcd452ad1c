"""Splits, baselines, calibration, verdict and warnings, and the way through all of them."""
