"""The start page, and the script that Streamlit runs."""

from perturbdash.ui.page import open_page
from perturbdash.ui.start import draw

draw(open_page("start"))
