"""What a prediction's file must look like, and a template of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.downloads import prediction_template

if TYPE_CHECKING:
    from perturbdash.io.dataset import Dataset

FORM = (
    "One row a perturbation and one column a gene, or one row a cell with a column that names the perturbation. "
    "Values are expression in the space of the data set after log1p normalisation to 10,000 a cell, not "
    "differences.\n\n"
    "- **CSV, TSV, Parquet**: the first column or the index names the perturbation, columns are gene names.\n"
    "- **.h5ad**: perturbations or cells as rows, the perturbation in `obs`.\n"
    "- `A+B` is the same as `B+A`; the order of genes and rows is free.\n"
    "- Several models in one file: a column `model`. Several contexts: a column `context`."
)


def draw(dataset: Dataset | None) -> None:
    """Draw the description, and where a data set is open its template."""
    st.markdown(FORM)
    if dataset is not None:
        prediction_template(dataset, "Template for this data set", key="pd-template")
