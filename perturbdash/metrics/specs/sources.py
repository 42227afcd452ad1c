"""Where the metrics were published, each as ``(source, doi)``."""

from __future__ import annotations

SYSTEMA = ("Systema, Viñas Torné et al., Nature Biotechnology 2025", "10.1038/s41587-025-02777-8")
MILLER = ("Miller et al., bioRxiv 2025", "10.1101/2025.10.20.683304")
MEJIA = ("Mejia et al., arXiv 2025", "10.48550/arXiv.2506.22641")
AHLMANN_ELTZE = ("Ahlmann-Eltze et al., Nature Methods 2025", "10.1038/s41592-025-02772-6")
SCPERTEVAL = ("scPertEval, Schäfer et al., bioRxiv 2026", "10.64898/2026.07.23.740433")
CELL_EVAL = (
    "cell-eval and cell-eval2, Arc Institute; Roohani et al., Cell 2025",
    "10.1016/j.cell.2025.06.008",
)
PERTURBENCH = ("PerturBench, Wu et al., arXiv 2024", "10.48550/arXiv.2408.10609")
SPEARMAN = ("Spearman, The American Journal of Psychology 1904", "10.2307/1412159")
BERGER = ("Berger, Technometrics 1982", "10.1080/00401706.1982.10487790")
