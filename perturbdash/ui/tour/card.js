const SHOWN = "perturbdash.tour";
const OUTLINE = "pd-tour-outline";
const OTHERWISE = ".pd-verdict";
const PATIENCE = 20000;
let offeredNow = false;
let stopShown = "";

/* What the browser remembers; it may refuse to. */
function remembered() { try { return localStorage.getItem(SHOWN); } catch { return null; } }
function remember(what) { try { localStorage.setItem(SHOWN, what); } catch { /* this visit remembers */ } }

function isSettled() {
  return document.querySelector("[data-testid=stApp][data-test-script-state=notRunning]") !== null;
}

function find(selector) {
  const seen = (one) => one !== null && one.getBoundingClientRect().height > 0;
  const found = document.querySelector(selector);
  return seen(found) ? found : null;
}

/* Outline the thing that is spoken of, and leave room to scroll it above the card. */
function outline(selector, height) {
  let style = document.getElementById(OUTLINE);
  if (!style) { style = document.createElement("style"); style.id = OUTLINE; document.head.append(style); }
  const thing = selector ? `${selector} { outline: 2px solid var(--pd-petrol); outline-offset: 7px; border-radius: 2px;
    scroll-margin-top: 4.2rem; } ` : "";
  style.textContent = `${thing}[data-testid="stMainBlockContainer"] { padding-bottom: ${height + 40}px; }`;
}

function show(thing, room) {
  const box = thing.getBoundingClientRect();
  if (box.top < 0 || box.bottom > room) thing.scrollIntoView({ block: "start" });
}

export default function ({ parentElement, data, setTriggerValue }) {
  const card = parentElement.querySelector(".card");
  const part = (name) => card.querySelector(name);
  const isStop = data.kind === "stop";
  if (data.kind === "offer" && remembered() && !offeredNow) { card.hidden = true; return; }
  if (isStop && remembered() === "over" && !data.taken) { card.hidden = true; return; }

  part(".place").textContent = isStop ? `Tour, ${data.at} of ${data.of}` : "";
  part("#title").textContent = data.title;
  part("#text").textContent = data.text;
  const last = isStop && data.at === data.of;
  part(".end").textContent = { offer: "No, thanks", waiting: "End the tour", stop: "Skip the tour" }[data.kind];
  part(".end").hidden = last;
  part(".back").hidden = !isStop || data.at === 1;
  part(".next").textContent = { offer: "Take the tour", waiting: "Go on", stop: last ? "Done" : "Next" }[data.kind];
  part(".next").title = isStop && data.next ? `Next: ${data.next}` : "";

  const timers = [];
  const end = () => { remember("over"); card.hidden = true; clear(); setTriggerValue("end", true); };
  const move = (to) => { remember("begun"); setTriggerValue("move", to); };
  part(".end").onclick = end;
  part(".back").onclick = () => move(data.at - 1);
  part(".next").onclick = last ? end : () => move({ offer: 1, waiting: data.at, stop: data.at + 1 }[data.kind]);

  const main = document.querySelector("[data-testid=stMain]");
  const place = () => card.style.setProperty("--pd-tour-left", `${main.getBoundingClientRect().left}px`);
  const moved = new ResizeObserver(place);
  moved.observe(main);
  place();

  const escape = (event) => {
    const ours = event.composedPath().includes(card) || document.activeElement === document.body;
    if (event.key === "Escape" && ours && !card.hidden) end();
  };
  document.addEventListener("keydown", escape);
  let touched = false;
  const touch = () => { touched = true; };
  for (const what of ["wheel", "touchmove", "keydown", "pointerdown"]) document.addEventListener(what, touch, { passive: true });

  function clear() {
    timers.forEach(clearTimeout);
    document.getElementById(OUTLINE)?.remove();
  }
  const later = (what, ms) => timers.push(setTimeout(what, ms));
  const began = Date.now();

  /* Figures above it may still grow, so the thing is shown again until the reader moves. */
  const look = (selector, again) => {
    const thing = find(selector);
    if (thing) show(thing, innerHeight - card.offsetHeight);
    if (again > 0 && !touched) later(() => look(selector, again - 1), 500);
  };
  const open = () => {
    const wait = Date.now() - began < PATIENCE;
    const thing = isStop ? find(data.here) : null;
    if (wait && (!isSettled() || (isStop && !thing))) { later(open, 120); return; }
    card.hidden = false;
    const selector = isStop ? (thing ? data.here : OTHERWISE) : "";
    outline(selector, card.offsetHeight);
    if (data.kind === "offer") { offeredNow = true; remember("offered"); }
    if (!isStop) return;
    const key = `${data.at}`;
    if (stopShown !== key) { stopShown = key; card.focus({ preventScroll: true }); look(selector, 5); }
  };
  if (isStop || data.kind === "waiting") card.hidden = stopShown !== `${data.at}`;
  open();

  return () => {
    clear();
    moved.disconnect();
    document.removeEventListener("keydown", escape);
    for (const what of ["wheel", "touchmove", "keydown", "pointerdown"]) document.removeEventListener(what, touch);
  };
}
