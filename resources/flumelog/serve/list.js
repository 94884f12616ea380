// The list of records, the newest first. It has only the rows around what is seen, and gets more in both directions.

import { count, find, h, plural, size } from "./dom.js";
import { ask } from "./api.js";
import { inline } from "./value.js";

const CHUNK = 60, MOST_ROWS = 360, NEAR = 800;

const scroller = find("scroller"), list = find("rows"), top = find("list-top"), bottom = find("list-bottom");

let rows = [];               // newest first
let ends = { newest: false, oldest: false };
let mode = "log";            // or "hits", which only grow at their end
let loading = 0;             // a number for each new beginning; answers for an older one are dropped
const busy = { newer: false, older: false };
let changed = () => {};

export const newest = () => rows[0];
export const shown = () => rows;
export const showsLog = () => mode === "log";
export const isAtNewest = () => mode === "log" && ends.newest && scroller.scrollTop < 8;

/** Calls f whenever other rows are seen. */
export function onChange(f) { changed = f; }

function rowOf(record, marks) {
  const value = record.error ? h("span", { class: "row-error" }, record.error) : inline(record.v, marks);
  return h("li", { class: "row", "data-offset": record.offset },
    h("a", { href: `#offset=${record.offset}`, draggable: "false" },
      h("span", { class: "row-offset" }, count(record.offset)),
      h("span", { class: "row-value" }, value),
      h("span", { class: "row-size" }, record.bytes === undefined ? "" : size(record.bytes))));
}

/** Says between two rows how many bytes of deleted records lie between them. */
function markGaps() {
  rows.forEach((row, i) => {
    const gap = mode === "log" && i > 0 && row.end !== undefined ? rows[i - 1].offset - row.end : 0;
    if (gap === row.gap) return;
    row.gap = gap;
    row.element.querySelector(".row-gap")?.remove();
    if (gap > 0) row.element.append(h("span", { class: "row-gap" }, `${plural(gap, "byte")} deleted`));
  });
}

const made = (records, marks) => records.map((record) => Object.assign(record, { element: rowOf(record, marks) }));

function addOlder(records, marks) {
  const added = made(records, marks);
  rows.push(...added);
  list.append(...added.map((row) => row.element));
  if (mode === "log" && rows.length > MOST_ROWS) drop(rows.splice(0, rows.length - MOST_ROWS), "newest");
}

/** Adds rows on top without moving what is seen. */
function addNewer(records) {
  const added = made(records), before = list.offsetHeight;
  rows.unshift(...added);
  list.prepend(...added.map((row) => row.element));
  scroller.scrollTop += list.offsetHeight - before;
  if (rows.length > MOST_ROWS) drop(rows.splice(MOST_ROWS), "oldest");
}

function drop(dropped, end) {
  const before = list.offsetHeight;
  dropped.forEach((row) => row.element.remove());
  if (end === "newest") scroller.scrollTop -= before - list.offsetHeight;
  ends[end] = false;
}

function tell() {
  markGaps();
  top.textContent = mode === "hits" ? "" : ends.newest ? "newest" : "loading newer records …";
  top.hidden = mode === "hits" || (ends.newest && rows.length > 0);
  if (mode === "log") {
    bottom.textContent = ends.oldest ? (rows.length ? "The oldest record" : "This log has no records.") : "loading older records …";
  }
  changed();
}

const failed = (error) => { bottom.textContent = error.message; };

async function older() {
  if (mode !== "log" || ends.oldest || busy.older || !rows.length) return;
  busy.older = true;
  const mine = loading;
  try {
    const { rows: more } = await ask("records", { lt: rows.at(-1).offset, limit: CHUNK });
    if (mine !== loading) return;
    ends.oldest = more.length === 0;
    addOlder(more);
    tell();
  } catch (error) { failed(error); } finally { busy.older = false; }
  fill();
}

async function newer() {
  if (mode !== "log" || ends.newest || busy.newer || !rows.length) return;
  busy.newer = true;
  const mine = loading;
  try {
    const { rows: more } = await ask("records", { gte: rows[0].offset + 1, limit: CHUNK });
    if (mine !== loading) return;
    ends.newest = more.length === 0;
    addNewer(more.reverse());
    tell();
  } catch (error) { failed(error); } finally { busy.newer = false; }
  fill();
}

/** Loads more where the rows end near what is seen. */
function fill() {
  if (scroller.scrollTop < NEAR) newer();
  if (scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR) older();
}

let waiting = false;
scroller.addEventListener("scroll", () => {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => { waiting = false; fill(); changed(); });
}, { passive: true });

function begin(newMode) {
  loading += 1;
  mode = newMode;
  rows = [];
  ends = { newest: false, oldest: false };
  list.replaceChildren();
  scroller.scrollTop = 0;
  return loading;
}

/** Shows the newest records. */
export async function showNewest() {
  const mine = begin("log");
  try {
    const { rows: first } = await ask("records", { limit: CHUNK });
    if (mine !== loading) return;
    ends = { newest: true, oldest: first.length === 0 };
    addOlder(first);
    tell();
    fill();
  } catch (error) { failed(error); }
}

/** Shows the records around a place, with the first one at or above it in the upper part. Resolves to that record. */
export async function showAround(offset) {
  const mine = begin("log"), slow = setTimeout(() => {
    bottom.textContent = "Looking for the record. Where a program is writing the log, all of it is read once for that …";
  }, 1500);
  try {
    const [above, below] = await Promise.all([
      ask("records", { gte: offset, limit: CHUNK }), ask("records", { lt: offset, limit: CHUNK })]);
    if (mine !== loading) return undefined;
    ends = { newest: above.rows.length === 0, oldest: false };
    addOlder([...above.rows.reverse(), ...below.rows]);
    const target = above.rows.at(-1) || rows[0];
    if (target) {
      const element = rows.find((row) => row.offset === target.offset).element;
      scroller.scrollTop = element.offsetTop - scroller.clientHeight / 4;
    }
    tell();
    fill();
    return target;
  } catch (error) { failed(error); return undefined; } finally { clearTimeout(slow); }
}

/** Begins a list of hits, to which addHit adds. */
export function showHits() {
  begin("hits");
  tell();
}

/** Leaves out what stands before the first mark of a line, where the mark would not be seen. */
function bringIntoSight(line) {
  const mark = line.querySelector("mark"), value = line.firstElementChild;
  if (!mark || mark === value) return;
  const box = line.getBoundingClientRect(), found = mark.getBoundingClientRect();
  if (found.right <= box.right && found.bottom <= box.bottom) return;
  let item = mark;
  while (item.parentElement !== value) item = item.parentElement;
  const before = [...value.children].slice(1, [...value.children].indexOf(item)), name = before.findLast((each) => each.matches(".v-name"));
  const left = before.slice(0, name ? before.indexOf(name) : before.length);
  if (!left.length) return;
  left[0].replaceWith(h("span", { class: "v-mark" }, "… "));
  left.slice(1).forEach((each) => each.remove());
}

/** Adds a hit, with what was searched for in sight. */
export function addHit(record, marks) {
  addOlder([record], marks);
  bringIntoSight(record.element.querySelector(".row-value"));
  changed();
}

/** Adds records that were appended just now, oldest first. */
export function addAppended(records) {
  if (!ends.newest) return;
  const known = rows.length ? rows[0].offset : -1, fresh = records.filter((record) => record.offset > known).reverse();
  addNewer(fresh);
  fresh.forEach((record) => record.element.classList.add("fresh"));
  scroller.scrollTop = 0;
  tell();
}

/** What is appended is not taken in while older records are looked at: the newest rows are no longer those of the log. */
export function fallBehind() { ends.newest = false; }

/** The first and the last row that are seen. */
export function seenRows() {
  const from = scroller.scrollTop - list.offsetTop, to = from + scroller.clientHeight;
  const height = rows.length ? list.offsetHeight / rows.length : 1;
  const first = rows[Math.max(0, Math.floor(from / height))], last = rows[Math.min(rows.length - 1, Math.floor(to / height))];
  return first && last ? { first, last } : null;
}

/** Marks the row as the one that is looked at. */
export function mark(offset) {
  list.querySelector("[aria-current]")?.removeAttribute("aria-current");
  const link = list.querySelector(`[data-offset="${offset}"] > a`);
  link?.setAttribute("aria-current", "true");
  return link;
}

/** The row that is so many rows further down than the one at the offset. */
export function neighbour(offset, step) {
  const i = rows.findIndex((row) => row.offset === offset);
  return i < 0 ? rows[0] : rows[i + step];
}

/** Moves so that the row is seen. */
export function reveal(offset) {
  list.querySelector(`[data-offset="${offset}"]`)?.scrollIntoView({ block: "nearest" });
}
