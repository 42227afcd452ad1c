"""The sidebar of every page: the menu, and what is shown: data set, models, context."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import perturbdash
from perturbdash.ui import address, session
from perturbdash.ui.markup import html, model_label
from perturbdash.ui.menu import APP_TITLE, Page, groups
from perturbdash.vocabulary import ALL_CONTEXTS, POOLED

DATASET, MODELS, CONTEXT = "pd-dataset", "pd-models", "pd-context"


def menu() -> None:
    """Draw name and menu; every link carries the view."""
    version = ".".join(perturbdash.__version__.split(".")[:2])
    st.html(
        html('<p class="pd-brand"><b>{name}</b> <span>{version}</span></p>', name=APP_TITLE, version=version)
    )
    parameters = address.read().parameters()
    with st.container(key="pd-menu", gap=None):
        for group, pages in groups().items():
            st.html(html('<p class="pd-group">{group}</p>', group=group))
            for page in pages:
                st.page_link(
                    page.file, label=page.title, icon=page.icon, query_params=parameters, width="stretch"
                )


def dataset_select(current: str, title: str) -> None:
    """Draw the choice among the data sets that this visitor opened."""
    options = {current: title, **{key: name for key, name in session.opened().items() if key != current}}
    hold(DATASET, current)
    st.selectbox(
        "Data set",
        list(options),
        key=DATASET,
        format_func=lambda key: options.get(key, key),
        on_change=_open,
        help="What you opened in this visit. Start opens others.",
    )


def _open() -> None:
    address.write(address.read().of_data(str(st.session_state[DATASET])))


def model_pills(models: Sequence[str]) -> tuple[str, ...]:
    """Draw the choice of models, at least one, and return those that are shown, in order of loading."""
    asked = address.read().models
    unknown = [name for name in asked if name not in models]
    shown = tuple(name for name in models if name in asked) or tuple(models)
    if unknown:
        address.notice(
            f"The link asks for the model “{unknown[0]}”, which is not among the predictions; "
            f"showing {', '.join(shown)}."
        )
    if unknown:
        address.change(models=_asked(shown, models))
    from perturbdash.figures.models import model_styles

    styles = model_styles(models, shown)
    hold(MODELS, list(shown))
    st.pills(
        "Models",
        list(models),
        selection_mode="multi",
        key=MODELS,
        format_func=lambda name: model_label(styles[name]),
        on_change=_show_models,
        args=(tuple(models),),
        help="Which predictions the pages show. Colour and symbol stay with a model.",
    )
    return shown


def _show_models(models: tuple[str, ...]) -> None:
    address.change(models=_asked(tuple(st.session_state[MODELS]), models))


def _asked(chosen: Sequence[str], models: Sequence[str]) -> tuple[str, ...]:
    """Return what the address says of the models: nothing where all are shown, or none is chosen."""
    return () if len(chosen) == len(models) else tuple(name for name in models if name in chosen)


def context_select(contexts: Sequence[str], page: Page) -> str:
    """Draw the choice of context and return it; ``"pooled"`` where a page shows all together."""
    several = len(contexts) > 1
    options = ((POOLED,) if several and page.pooled else ()) + tuple(contexts)
    asked = address.read().context
    pooled = asked == POOLED and several
    shown = options[0] if pooled else address.known("context", options, None) or options[0]
    hold(CONTEXT, shown)
    st.selectbox(
        "Context",
        options,
        key=CONTEXT,
        format_func=lambda name: _context_label(name, len(contexts)),
        on_change=address.chosen,
        args=("context", CONTEXT, None),
        help="Cell line, cell type or donor. Everything is computed within a context; “all together” "
        "averages over them.",
    )
    return shown


def _context_label(name: str, n: int) -> str:
    if name == POOLED:
        return f"all together ({n} contexts)"
    return "all (1 context)" if n == 1 and name == ALL_CONTEXTS else name


def hold(key: str, value: object) -> None:
    """Make a widget show a value that the address decides; call it before the widget is drawn.

    Always, since the widget of another page with this key is not this one, though its value is still there.
    """
    st.session_state[key] = value
