"""Inner loops, compiled with numba for the processor and written in torch for everything else."""
