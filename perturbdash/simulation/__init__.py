"""A Perturb-seq simulator with a known truth."""
