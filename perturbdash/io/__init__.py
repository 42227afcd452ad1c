"""Cells and predictions in: readers of formats, schema detection, and the ``Dataset`` they give."""
