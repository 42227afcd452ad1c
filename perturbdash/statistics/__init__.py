"""Moments in one pass over the cells, and what follows from them."""
