"""The cards of all metrics, one module for each family."""
