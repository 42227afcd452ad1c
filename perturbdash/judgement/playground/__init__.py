"""A simulated experiment small enough to be scored while a slider moves: centroids with known noise, no cells."""
