"""What the keyboard speaks to, and whether one sees it."""

from __future__ import annotations

from tests.browser.visiting import Visitor

MOST_STEPS = 80
ACTIVE = """
    let element = document.activeElement;
    while (element.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
"""
FOCUSED = f"""
() => {{
    {ACTIVE}
    if (element === document.body) return null;
    return element.getAttribute("aria-label") || element.innerText?.trim() || element.value || element.title || "";
}}
"""
IN_A_GRID = "() => !!document.activeElement.closest('[data-testid=stDataFrame]')"
"""The grid of a table marks its cells itself, on a canvas, and Tab goes from cell to cell."""
MARKED = f"""
() => {{
    {ACTIVE}
    const probe = document.querySelector(".stApp").appendChild(document.createElement("i"));
    probe.style.color = "var(--pd-petrol)";
    const petrol = getComputedStyle(probe).color;
    probe.remove();
    for (let box = element, up = 0; box && up < 6; box = box.parentElement ?? box.getRootNode().host, up++) {{
        const style = getComputedStyle(box);
        const wide = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle === "solid";
        if (wide && style.outlineColor === petrol) return "";
    }}
    return element.outerHTML.slice(0, 300) || "?";
}}
"""
"""Empty where an outline of 2 px in petrol is round what the keyboard speaks to, or round a box about it."""


def focused(visitor: Visitor) -> str | None:
    """Return the name of what the keyboard speaks to; None for nothing."""
    name: str | None = visitor.page.evaluate(FOCUSED)
    return name


def unmarked(visitor: Visitor, wanted: str) -> list[str]:
    """Go over a page with Tab from its beginning; return what is not marked, has no name, or is not come to.

    Parameters
    ----------
    wanted
        How the name of something ends that the keyboard must come to.
    """
    found, reached = [], []
    for _ in range(MOST_STEPS):
        visitor.page.keyboard.press("Tab")
        name = focused(visitor)
        if name is None or visitor.page.evaluate(IN_A_GRID):
            break
        reached.append(name)
        where = visitor.page.evaluate(MARKED)
        if where or not name:
            found.append(f"not marked, or without a name: “{name}” {where}")
    if not any(name.endswith(wanted) for name in reached):
        found.append(f"The keyboard never comes to “{wanted}”; it came to {reached}.")
    return found
