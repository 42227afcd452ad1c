"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const json = (element) => JSON.parse(element.textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const asked = () => document.documentElement.dataset.mode;
  const mode = () => asked() || (dark.matches ? "dark" : "light");

  /* Figures: drawn when they come near the screen, in the colours of the mode; for paper always in light. */
  const templates = json(byId("pr-templates"));
  const places = [...document.querySelectorAll(".pr-plot")];
  const drawn = new Map();
  const config = { displayModeBar: false, displaylogo: false, responsive: true };

  function figure(place, colours) {
    const spec = json(place.nextElementSibling);
    if (colours === "dark") {
      for (const [path, value] of spec.dark) {
        const last = path.pop();
        path.reduce((inner, key) => inner[key], spec)[last] = value;
      }
    }
    spec.layout.template = templates[colours];
    return spec;
  }

  function draw(place, colours, width) {
    const spec = figure(place, colours);
    spec.layout.width = width;
    spec.layout.autosize = !width;
    place.querySelector("noscript")?.remove();
    drawn.set(place, colours);
    return Plotly.react(place, spec.data, spec.layout, config);
  }

  const watch = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (isIntersecting && !drawn.has(target)) draw(target, mode());
      }
    },
    { rootMargin: "800px 0px" },
  );
  places.forEach((place) => watch.observe(place));

  const repaint = () => drawn.forEach((colours, place) => colours !== mode() && draw(place, mode()));
  const PAPER = 660;
  addEventListener("beforeprint", () => {
    for (const place of places) draw(place, "light", place.closest(".pr-panels") ? PAPER / 2 - 6 : PAPER);
  });
  addEventListener("afterprint", () => places.forEach((place) => draw(place, mode())));

  /* Light and dark: as the system says, until the reader says otherwise. */
  const button = byId("pr-mode");
  const name = () => { button.textContent = mode() === "dark" ? "Light" : "Dark"; };
  button.hidden = false;
  button.addEventListener("click", () => {
    document.documentElement.dataset.mode = mode() === "dark" ? "light" : "dark";
    name();
    repaint();
  });
  dark.addEventListener("change", () => { name(); repaint(); });
  name();

  /* Copying and saving. */
  function say(target, words) {
    const before = target.textContent;
    target.textContent = words;
    setTimeout(() => { target.textContent = before; }, 2000);
  }

  function select(element) {
    const range = document.createRange();
    range.selectNodeContents(element);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  }

  async function copy(target, element) {
    try {
      await navigator.clipboard.writeText(element.innerText.trim() + "\n");
      say(target, "Copied");
    } catch {
      select(element);
      say(target, document.execCommand("copy") ? "Copied" : "Selected: copy with Ctrl+C");
    }
  }

  function save(text, type, file) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  document.querySelectorAll("[data-copy]").forEach((target) =>
    target.addEventListener("click", () => copy(target, byId(target.dataset.copy))));
  document.querySelector("[data-save=pr-run]").addEventListener("click", () =>
    save(`${JSON.stringify(json(byId("pr-run")), null, 2)}\n`, "application/json", "run.json"));

  /* The table of perturbations: its numbers are columns, its rows are places in them. */
  const data = json(byId("pr-data"));
  const table = byId("pr-perturbations");
  const search = byId("pr-search");
  const view = byId("pr-view");
  const all = byId("pr-all");
  const FEW = 200;
  const state = { sort: "", down: true, shown: FEW };
  const groups = Object.values(data.views);
  const first = data.contexts ? ["perturbation", "context"] : ["perturbation"];
  const words = { perturbation: data.names, context: data.contexts };

  function columns() {
    const [group, place] = view.value.split(":").map(Number);
    return groups[group][place][1];
  }

  function written(value, decimals) {
    if (typeof value !== "number") return "–";
    const digits = decimals && Math.abs(value) >= 10 ? 1 : decimals;
    const text = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
    return (/[1-9]/.test(text) ? text : text.replace("-", "")).replace("-", "−");
  }

  function rows() {
    const wanted = search.value.trim().toLowerCase();
    const places = data.names.map((_, i) => i).filter((i) =>
      !wanted || first.some((key) => words[key][i].toLowerCase().includes(wanted)));
    const { sort, down } = state;
    if (!sort) return places;
    const values = words[sort] || data.columns[sort].values;
    const sign = down ? -1 : 1;
    return places.sort((a, b) => {
      const [x, y] = [values[a], values[b]];
      if (words[sort]) return sign * (x < y ? -1 : x > y ? 1 : 0) || a - b;
      const [known, other] = [typeof x === "number", typeof y === "number"];
      return known && other ? sign * (x - y) || a - b : other - known || a - b;
    });
  }

  function cell(tag, text, css, title) {
    const element = document.createElement(tag);
    element.textContent = text;
    if (css) element.className = css;
    if (title) element.title = title;
    return element;
  }

  function header(key) {
    const column = data.columns[key];
    const head = cell("th", "", column ? "pd-num" : "");
    const press = cell("button", column ? column.label : key, "", column ? column.help : "");
    press.type = "button";
    press.dataset.key = key;
    head.scope = "col";
    head.append(press);
    if (state.sort === key) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
    return head;
  }

  function body(row, keys) {
    const line = document.createElement("tr");
    const name = cell("th", data.names[row]);
    name.scope = "row";
    line.append(name);
    if (data.contexts) line.append(cell("td", data.contexts[row]));
    for (const key of keys) {
      const { values, decimals } = data.columns[key];
      const value = values[row];
      line.append(cell("td", written(value, decimals), "pd-num", typeof value === "string" ? data.why[value] : ""));
    }
    return line;
  }

  function show() {
    const keys = columns();
    if (!first.includes(state.sort) && !keys.includes(state.sort)) state.sort = "";
    const found = rows();
    const line = document.createElement("tr");
    line.append(...[...first, ...keys].map(header));
    table.tHead.replaceChildren(line);
    table.tBodies[0].replaceChildren(...found.slice(0, state.shown).map((row) => body(row, keys)));
    const of = found.length === data.names.length ? "" : ` of ${data.names.length.toLocaleString("en-US")}`;
    byId("pr-count").textContent = `${found.length.toLocaleString("en-US")}${of} ${data.names.length === 1 ? "row" : "rows"}`;
    all.hidden = found.length <= state.shown;
    all.textContent = `Show all ${found.length.toLocaleString("en-US")} rows`;
  }

  table.addEventListener("click", (event) => {
    const key = event.target.dataset?.key;
    if (!key) return;
    state.down = state.sort === key ? !state.down : !words[key];
    state.sort = key;
    show();
    table.querySelector(`[data-key="${CSS.escape(key)}"]`).focus();
  });
  all.addEventListener("click", () => { state.shown = Infinity; show(); });
  search.addEventListener("input", show);
  view.addEventListener("change", show);
  byId("pr-controls").addEventListener("submit", (event) => event.preventDefault());

  const quoted = (value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  document.querySelector("[data-save=pr-csv]").addEventListener("click", () => {
    const keys = Object.keys(data.columns);
    const lines = rows().map((row) => [
      ...first.map((key) => quoted(words[key][row])),
      ...keys.map((key) => { const value = data.columns[key].values[row]; return typeof value === "number" ? value : ""; }),
    ].join(","));
    save(`${[[...first, ...keys].map(quoted).join(","), ...lines].join("\n")}\n`, "text/csv", data.file);
  });
  show();
})();
