"""Which metrics can tell anything on this data set."""

import streamlit as st

from perturbdash.ui import (
    calibration,
    calibration_frames,
    calibration_further,
    calibration_null,
    calibration_tables,
    calibration_titration,
)
from perturbdash.ui.page import open_page
from perturbdash.ui.pair import pair

view = open_page("calibration")
result = view.require_result()

top = st.container()
chosen = calibration.choose(view, result)
with top:
    calibration.answer(view, result, chosen)
    calibration.diagram()

if chosen.has_values:
    left, right = pair("calibration")
    with left:
        calibration_frames.bars(view, result, chosen)
        calibration_tables.below_bars(view, result, chosen)
    with right:
        calibration_frames.points(view, result, chosen)
        calibration_tables.below_points(view, result, chosen)
calibration_tables.table(chosen)
if chosen.has_values and view.has_profiles(result):
    calibration_further.further(view, result, chosen)
    calibration_null.null_check(view, result, chosen)
    calibration_titration.titration(view, result, chosen)
