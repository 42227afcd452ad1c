"""Moments of more cells than one machine holds: parts of files, reduced anywhere, merged as a tree."""
