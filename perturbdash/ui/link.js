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
    url.searchParams.delete("tour");
    for (const [name, keys] of Object.entries(data.linked)) {
      url.searchParams.delete(name);
      keys.forEach((key) => url.searchParams.append(name, key));
    }
    const field = Object.assign(document.createElement("input"), { value: url.href, readOnly: true });
    field.setAttribute("aria-label", "Link to this view");
    said.replaceChildren(field);
    const done = await copied(url.href, field);
    const lines = [line(done ? data.copied : data.selected, "first")];
    if (/^(localhost|127[.]|\[?::1)/.test(location.hostname))
      lines.push(line(data.local.replace("{host}", location.hostname), ""));
    if (data.ends) lines.push(line(data.ends, ""));
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
