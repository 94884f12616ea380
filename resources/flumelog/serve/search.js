// The search: a text, and conditions on fields. The server reads from the newest record down, and hits come as they are found.

import { announce, count, find, h, plural, size } from "./dom.js";
import { ask, listen } from "./api.js";
import * as list from "./list.js";
import * as strip from "./strip.js";

const form = find("search"), text = find("text"), conditions = find("conditions"), add = find("add-condition");
const status = find("search-status"), said = find("search-said"), stop = find("search-stop"), on = find("search-on"), bottom = find("list-bottom");
let stopStream = null, from = 0, wanted = null, hits = 0, read = 0, began = 0;

export const isSearching = () => wanted !== null;

// What is asked for

function conditionRow({ field = "", is = "=", value = "" } = {}) {
  const option = (v, label) => h("option", { value: v, selected: v === is }, label);
  const row = h("li", { class: "condition" },
    h("input", { class: "field", list: "fields", placeholder: "field, as value.author", "aria-label": "Field", value: field, autocomplete: "off", spellcheck: "false", autocapitalize: "off" }),
    h("select", { "aria-label": "Condition" }, option("=", "is"), option("!=", "is not"), option("has", "contains"), option(">", "is above"), option("<", "is below")),
    h("input", { class: "value", placeholder: "value", "aria-label": "Value", value, autocomplete: "off", spellcheck: "false", autocapitalize: "off" }),
    h("button", { class: "icon", type: "button", "aria-label": "Remove this condition", onclick: () => { row.remove(); conditions.hidden = !conditions.children.length; } }, "×"));
  conditions.append(row);
  conditions.hidden = false;
  return row;
}

add.addEventListener("click", () => conditionRow().querySelector(".field").focus());

/** A path as people write it, value.author for [:value :author], where that means the same. */
const friendly = (path) => (/^\[:[\w-]+( :[\w-]+| \d+)*\]$/.test(path) ? path.slice(2, -1).replace(/ :?/g, ".") : path);

/** Adds a condition for the value of a field. */
export function addCondition(path, node) {
  const field = friendly(path), same = [...conditions.children].find((row) => row.querySelector(".field").value === field);
  const row = same || conditionRow({ field, is: node.more ? "has" : "=" });
  row.querySelector(".value").value = node.v;
  row.querySelector(".value").focus();
}

/** What the form asks for, as parameters of an address; null when it asks for nothing. */
export function asked() {
  const params = {};
  if (text.value.trim()) params.text = text.value;
  [...conditions.children].forEach((row, i) => {
    const field = row.querySelector(".field").value.trim();
    if (!field) return;
    params[`field${i}`] = field;
    params[`is${i}`] = row.querySelector("select").value;
    params[`value${i}`] = row.querySelector(".value").value;
  });
  return Object.keys(params).length ? params : null;
}

/** Fills the form with parameters of an address. */
export function fill(params) {
  text.value = params.text || "";
  conditions.replaceChildren();
  for (let i = 0; i < 20; i += 1) {
    if (params[`field${i}`]) conditionRow({ field: params[`field${i}`], is: params[`is${i}`], value: params[`value${i}`] });
  }
  conditions.hidden = !conditions.children.length;
}

export function onSubmit(f) {
  form.addEventListener("submit", (event) => { event.preventDefault(); f(asked()); });
}

// The running search

function say(words, { running = false, more = false } = {}) {
  said.textContent = words;
  status.hidden = false;
  stop.hidden = !running;
  on.hidden = !more;
  status.classList.toggle("running", running);
}

const found = () => (hits === 0 ? "Nothing found" : `${plural(hits, "record")} found`);

function progress({ at, records, bytes }) {
  if (at !== null) strip.setScanned({ low: at, high: from });
  const seconds = (performance.now() - began) / 1000;
  say(`${found()} · at ${count(at ?? from)} · ${count(read + records)} read${seconds > 0.5 ? ` · ${size(bytes / seconds)}/s` : ""}`, { running: true });
}

function ended(message) {
  stopStream?.();
  stopStream = null;
  announce(message);
  bottom.textContent = "";
}

let lowest = null;

function done({ at, records, more }) {
  read += records;
  lowest = at;
  strip.setScanned({ low: at, high: from });
  ended(found());
  say(more ? `${found()} · paused at ${count(at)}` : `${found()} · all ${plural(read, "record")} read`, { more });
}

/** What the rows of hits mark. */
function marksOf(params) {
  const fields = new Set(Object.keys(params).filter((key) => /^field\d+$/.test(key)).map((key) => params[key]));
  return { text: (params.text || "").toLowerCase(), isField: (path) => fields.has(path) || fields.has(friendly(path)) };
}

function run(below) {
  began = performance.now();
  const here = wanted, marks = marksOf(wanted);
  stopStream = listen("search", { ...wanted, lt: below }, {
    hit: (row) => { hits += 1; lowest = row.offset; list.addHit(row, marks); strip.addHit(row.offset); },
    progress: (event) => { lowest = event.at; progress(event); },
    done,
  }, async () => {
    ended("The search has ended early");
    try { await ask("search", { ...here, lt: 0 }); say(`${found()} · the connection was lost`, { more: lowest !== null }); } catch (error) { say(error.message); }
  });
}

/** Searches, from the newest record. */
export function start(params, end) {
  clear();
  wanted = params;
  from = end;
  [hits, read, lowest] = [0, 0, null];
  list.showHits();
  say("Searching …", { running: true });
  run(undefined);
}

export function clear() {
  stopStream?.();
  stopStream = null;
  wanted = null;
  status.hidden = true;
  strip.setScanned(null);
}

stop.addEventListener("click", () => {
  ended("The search was stopped");
  say(`${found()} · stopped at ${count(lowest ?? from)}`, { more: lowest !== null });
});

on.addEventListener("click", () => {
  say("Searching …", { running: true });
  run(lowest);
});

/** Offers the fields of the rows as names for conditions. */
export function offer(rows) {
  const names = new Set();
  const walk = (node, depth) => {
    if (!node || depth > 3 || node.k !== "map") return;
    for (const [, value] of node.items) { if (value.p) { names.add(value.p); walk(value, depth + 1); } }
  };
  rows.slice(0, 40).forEach((row) => walk(row.v, 0));
  find("fields").replaceChildren(...[...names].slice(0, 60).map((name) => h("option", { value: friendly(name) })));
}
