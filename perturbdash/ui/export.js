// Makes the file of a print sheet: panels by plotly, text as it was laid out, and the download.
const SVG = "http://www.w3.org/2000/svg";
const DOTS_AN_INCH = 300;
const SHOWN_MS = 8000;
const FAILED = "The browser could not make the file: ";
const made = new Set();

// Signs that XML cannot hold at all, not even escaped.
const clean = (text) => text.replace(/[\x00-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/g, "");

function element(name, attributes, text = "") {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.textContent = text;
  return node;
}

// Several figures in one file: what one defines, no other may find under the same name.
function rename(root, prefix) {
  for (const node of [root, ...root.querySelectorAll("*")]) {
    for (const { name, value } of [...node.attributes]) {
      if (name === "id") node.setAttribute(name, prefix + value);
      else if (value.includes("#")) {
        const own = value.replace(/(url\(["']?)#/g, `$1#${prefix}`);
        node.setAttribute(name, name.endsWith("href") && own.startsWith("#") ? `#${prefix}${own.slice(1)}` : own);
      }
    }
  }
}

async function drawn({ figure, x, y, width, height }, i) {
  const own = { width: figure.layout.width, height: figure.layout.height };
  const text = await window.Plotly.toImage(figure, { ...own, format: "svg", imageDataOnly: true });
  const root = new DOMParser().parseFromString(clean(text), "image/svg+xml").documentElement;
  if (root.localName !== "svg") throw new Error("a panel is no SVG.");
  rename(root, `p${i}-`);
  for (const [key, value] of Object.entries({ x, y, width, height })) root.setAttribute(key, value);
  return root;
}

async function compose({ width, height, width_mm, height_mm, title, description, panels, texts }) {
  const size = { width: `${width_mm}mm`, height: `${height_mm}mm`, viewBox: `0 0 ${width} ${height}` };
  const root = element("svg", { ...size, "font-family": "Arial, Helvetica, sans-serif" });
  root.append(element("title", {}, title), element("desc", {}, description));
  root.append(element("rect", { width, height, fill: "#FFFFFF" }));
  for (const [i, panel] of panels.entries()) root.append(await drawn(panel, i));
  for (const { words, x, y, size: points, weight, colour } of texts) {
    root.append(element("text", { x, y, "font-size": points, "font-weight": weight, fill: colour }, words));
  }
  const text = new XMLSerializer().serializeToString(root);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${clean(text)}`;
}

async function pixels(svg, { width_mm, height_mm }) {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = Math.round((width_mm / 25.4) * DOTS_AN_INCH);
    canvas.height = Math.round((height_mm / 25.4) * DOTS_AN_INCH);
    const paper = canvas.getContext("2d");
    paper.fillStyle = "#FFFFFF";
    paper.fillRect(0, 0, canvas.width, canvas.height);
    paper.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
    if (!blob) throw new Error("the picture is too large; save it as SVG.");
    return withResolution(new Uint8Array(await blob.arrayBuffer()));
  } finally {
    URL.revokeObjectURL(url);
  }
}

// A chunk pHYs after the header says how large the picture is on paper.
function withResolution(png) {
  const chunk = new DataView(new ArrayBuffer(21));
  const perMetre = Math.round(DOTS_AN_INCH / 0.0254);
  [9, 0x70485973, perMetre, perMetre].forEach((value, i) => chunk.setUint32(4 * i, value));
  chunk.setUint8(16, 1);
  chunk.setUint32(17, crc32(new Uint8Array(chunk.buffer, 4, 13)));
  return new Blob([png.slice(0, 33), chunk.buffer, png.slice(33)], { type: "image/png" });
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function file({ sheet, kind, problem }) {
  if (problem) throw new Error(problem);
  if (!window.Plotly) throw new Error("figures are still loading; try again in a moment.");
  const svg = await compose(sheet);
  return kind === "png" ? pixels(svg, sheet) : new Blob([svg], { type: "image/svg+xml" });
}

// The menu that was chosen from is drawn anew; who came by keyboard goes on from there.
function back(key) {
  if (document.activeElement !== document.body) return;
  [...document.querySelectorAll(`.st-key-${key} button`)].find((button) => button.offsetParent)?.focus();
}

export default function ({ data, parentElement }) {
  const told = parentElement.querySelector("p") ?? parentElement.appendChild(document.createElement("p"));
  told.setAttribute("role", "status");
  if (!data?.job || made.has(data.job)) return;
  made.add(data.job);
  told.textContent = "";
  file(data).then(
    (blob) => {
      download(blob, data.name);
      back(data.menu);
      told.textContent = `Saved ${data.name}`;
      setTimeout(() => { told.textContent = ""; }, SHOWN_MS);
    },
    (error) => {
      back(data.menu);
      told.textContent = data.problem || FAILED + error.message;
    },
  );
}
