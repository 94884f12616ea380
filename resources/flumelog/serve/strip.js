// The strip: the whole log from its oldest byte, on the left, to its newest. It shows where the list is, how far a search is and what it
// has found. A click, or the keys of a slider, lead to another place.

import { count, find } from "./dom.js";

const STEPS = 1000;
const box = find("strip"), slider = find("place"), canvas = find("strip-picture"), tip = find("strip-tip");
let end = 1, seen = null, scanned = null, hits = [], color = {};

const share = (offset) => Math.min(1, Math.max(0, offset / end));

function colors() {
  const style = getComputedStyle(box);
  color = Object.fromEntries(["window", "scan", "hit"].map((name) => [name, style.getPropertyValue(`--strip-${name}`).trim()]));
}

function draw() {
  const scale = window.devicePixelRatio || 1, width = box.clientWidth, height = box.clientHeight;
  if (canvas.width !== width * scale) { canvas.width = width * scale; canvas.height = height * scale; }
  const g = canvas.getContext("2d");
  g.setTransform(scale, 0, 0, scale, 0, 0);
  g.clearRect(0, 0, width, height);
  if (scanned) {
    g.fillStyle = color.scan;
    g.fillRect(share(scanned.low) * width, 0, (share(scanned.high) - share(scanned.low)) * width, height);
  }
  if (seen) {
    const left = share(seen.low) * width, wide = Math.max(5, (share(seen.high) - share(seen.low)) * width);
    g.fillStyle = color.window;
    g.beginPath();
    g.roundRect(Math.min(left, width - wide), 2, wide, height - 4, 2.5);
    g.fill();
  }
  g.fillStyle = color.hit;
  for (const hit of hits) g.fillRect(Math.round(share(hit) * (width - 2)), 0, 2, height);
}

let drawing = false;
function drawSoon() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => { drawing = false; draw(); });
}

export function setEnd(newEnd) {
  end = Math.max(1, newEnd);
  drawSoon();
}

export function setSeen(low, high) {
  seen = { low, high };
  slider.value = String(Math.round(share(high) * STEPS));
  slider.setAttribute("aria-valuetext", `offset ${count(low)} of ${count(end)}`);
  drawSoon();
}

/** The search has read the bytes from low to high; null when there is none. */
export function setScanned(range) {
  scanned = range;
  if (!range) hits = [];
  drawSoon();
}

export function addHit(offset) {
  hits.push(offset);
  drawSoon();
}

/** Calls f with the place that was chosen. */
export function onPlace(f) {
  slider.addEventListener("change", () => {
    const value = Number(slider.value);
    f(value >= STEPS ? Infinity : Math.floor((value / STEPS) * end));
  });
}

slider.addEventListener("pointermove", (event) => {
  const x = event.offsetX / slider.clientWidth;
  if (x < 0 || x > 1) return;
  tip.hidden = false;
  tip.textContent = count(Math.floor(x * end));
  tip.style.left = `${Math.min(92, Math.max(8, x * 100))}%`;
});
slider.addEventListener("pointerleave", () => { tip.hidden = true; });

new ResizeObserver(drawSoon).observe(box);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { colors(); drawSoon(); });
colors();
