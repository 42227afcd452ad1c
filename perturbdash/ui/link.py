"""Copy link: the address of the view as it stands, and for whom and for how long it opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from perturbdash.ui.library import library

if TYPE_CHECKING:
    from perturbdash.ui.view import View

COPIED = "Copied."
SELECTED = "The browser did not let perturbdash copy; the link is selected: press Ctrl+C or ⌘C."
LOCAL = (
    "It begins with {host}, so a colleague on another machine cannot open it: their browser would look on their "
    "own machine."
)
ENDS = (
    "It ends when the server stops, since it was started with --no-store; uploads and changes are not kept longer."
)

_HTML = """
<div class="link">
  <button type="button">
    <svg viewBox="0 0 24 24" width="16" height="16" aria-hidden="true" focusable="false">
      <path d="M10 14a4.5 4.5 0 0 0 6.4 0l3-3a4.5 4.5 0 0 0-6.4-6.4l-1.2 1.2M14 10a4.5 4.5 0 0 0-6.4 0l-3 3a4.5 4.5 0 0
        0 6.4 6.4l1.2-1.2" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/>
    </svg><span>Copy link</span>
  </button>
  <div class="said" role="status" aria-live="polite"></div>
</div>
"""
_CSS = """
.link { position: relative; font-family: var(--st-font); font-size: 0.93rem; line-height: 1.4; color: var(--st-text-color); }
button {
  display: inline-flex; align-items: center; gap: 0.4rem; min-height: 2rem; margin: 0; padding: 0.15rem 0.45rem;
  border: 0; border-radius: var(--st-base-radius, 6px); background: transparent; color: inherit; font: inherit;
  white-space: nowrap; cursor: pointer;
}
button:hover { color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.said:empty { display: none; }
.said {
  position: absolute; top: calc(100% + 4px); right: 0; z-index: 1000; box-sizing: border-box;
  width: min(21rem, calc(100vw - 2.5rem)); padding: 0.6rem 0.75rem; border: 1px solid var(--st-border-color);
  border-radius: var(--st-base-radius, 6px); background: var(--st-background-color); font-size: 0.86rem;
  box-shadow: 0 6px 18px rgb(0 0 0 / 14%);
}
.said p { margin: 0 0 0.3rem; }
.said p:last-child { margin: 0; }
.said p.first { font-weight: 640; }
.said input {
  box-sizing: border-box; width: 100%; margin: 0 0 0.4rem; padding: 0.3rem 0.4rem; border: 1px solid var(--st-border-color);
  border-radius: 4px; background: var(--st-secondary-background-color); color: inherit; font: inherit;
}
@media (max-width: 640px) { .said { right: auto; left: 0; } }
"""
_COPY = """
export default function ({ parentElement, data }) {
  const complete = () => {
    const url = new URL(location.href);
    url.hash = "";
    if (data.dataset && !url.searchParams.has("dataset")) url.searchParams.set("dataset", data.dataset);
    return url;
  };
  if (complete().search !== location.search) history.replaceState({}, "", complete());
  const button = parentElement.querySelector("button");
  const said = parentElement.querySelector(".said");
  const hide = () => said.replaceChildren();
  const line = (text, css) => {
    const p = document.createElement("p");
    p.textContent = text;
    p.className = css;
    return p;
  };
  const copied = async (text, field) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { /* refused, or no secure context */ }
    field.select();
    try { return document.execCommand("copy"); } catch { return false; }
  };
  button.onclick = async () => {
    const url = complete();
    const field = Object.assign(document.createElement("input"), { value: url.href, readOnly: true });
    field.setAttribute("aria-label", "Link to this view");
    said.replaceChildren(field);
    const done = await copied(url.href, field);
    const lines = [line(done ? data.copied : data.selected, "first")];
    if (/^(localhost|127[.]|\\[?::1)/.test(location.hostname))
      lines.push(line(data.local.replace("{host}", location.hostname), ""));
    const kept = url.searchParams.getAll("selection").some((name) => name.startsWith("~"));
    if (!data.keeps && (data.recorded || kept)) lines.push(line(data.ends, ""));
    said.replaceChildren(...(done ? [] : [field]), ...lines);
    if (done) button.focus(); else field.select();
  };
  const away = (event) => { if (!event.composedPath().includes(said) && !event.composedPath().includes(button)) hide(); };
  const escape = (event) => { if (event.key === "Escape") hide(); };
  document.addEventListener("pointerdown", away);
  document.addEventListener("keydown", escape);
  return () => {
    document.removeEventListener("pointerdown", away);
    document.removeEventListener("keydown", escape);
  };
}
"""
_button = st.components.v2.component("perturbdash_copy_link", html=_HTML, css=_CSS, js=_COPY)


def copy_link(view: View) -> None:
    """Draw the button that copies the address of the view, and says for whom and for how long it opens."""
    _button(
        key="pd-copy-link",
        width="content",
        data={
            "dataset": view.key,
            "keeps": library().keeps,
            "recorded": view.key is not None and library().is_recorded(view.key),
            "copied": COPIED,
            "selected": SELECTED,
            "local": LOCAL,
            "ends": ENDS,
        },
    )
