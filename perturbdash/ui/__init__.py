"""The dashboard: the only package that imports streamlit, together with ``app.py`` and ``pages/``."""
