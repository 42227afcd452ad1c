"""Blocks of the page Retrieval."""
