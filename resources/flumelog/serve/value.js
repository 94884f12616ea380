// Draws values, which the server sends as trees of texts: see flumelog.serve.shown.

import { count, h, quoted, seen } from "./dom.js";

let json = false;

/** Whether values are written as JSON, with plain keys and null, or as EDN. */
export function writeAsJson(yes) { json = yes; }

const BRACKETS = { map: ["{", "}"], vec: ["[", "]"], list: ["(", ")"], set: ["#{", "}"] };

const mark = (text) => h("span", { class: "v-mark" }, text);

const more = (n, what) => h("span", { class: "v-more" }, `… ${count(n)} more ${what}`);

export const keyText = (node) => {
  if (node.k === "str") return quoted(node.v);
  const text = seen(node.v);
  return json && node.k === "key" ? text.replace(/^:/, "") : text;
};

function scalarText(node) {
  if (node.k === "str") return quoted(node.v);
  if (node.k === "bytes") return `0x${node.v}`;
  if (node.k === "lit" && json && node.v === "nil") return "null";
  return seen(node.v);
}

function scalar(node) {
  const text = h("span", { class: `v v-${node.k}` }, scalarText(node));
  if (!node.more) return text;
  return h("span", {}, text, " ", more(node.more, node.k === "bytes" ? "bytes" : "chars"));
}

/** The span, in which each occurrence of the text is marked, in small letters or large. */
function marked(span, text) {
  const all = span.textContent, low = all.toLowerCase();
  if (!text || low.length !== all.length || !low.includes(text)) return span;
  const pieces = [];
  let from = 0;
  for (let at = low.indexOf(text); at >= 0; at = low.indexOf(text, from)) {
    pieces.push(all.slice(from, at), h("mark", {}, all.slice(at, at + text.length)));
    from = at + text.length;
  }
  span.replaceChildren(...pieces, all.slice(from));
  return span;
}

const NO_MARKS = { text: "", isField: () => false };

/** The value in one line. `marks` are what to mark in it: a text in small letters, and the paths of fields. */
export function inline(node, marks = NO_MARKS) {
  if (node.k === "tag") return h("span", {}, h("span", { class: "v v-tag" }, seen(node.v)), " ", inline(node.item, marks));
  const brackets = BRACKETS[node.k];
  if (!brackets) return marked(scalar(node.more && node.k === "str" ? { ...node, more: 0, v: `${node.v}…` } : node), marks.text);
  const line = h("span", {}, mark(brackets[0]));
  node.items.forEach((item, i) => {
    if (i > 0) line.append(mark(json || node.k === "map" ? ", " : " "));
    const value = node.k === "map" ? item[1] : item;
    if (node.k === "map") line.append(marked(h("span", { class: "v v-name" }, keyText(item[0])), marks.text), mark(json ? ": " : " "));
    line.append(value.p && marks.isField(value.p) ? h("mark", {}, inline(value)) : inline(value, marks));
  });
  if (node.more) line.append(mark(node.items.length ? ", …" : "…"));
  line.append(mark(brackets[1]));
  return line;
}

// The value over many lines

const HAS_TIME = /time|date|stamp|updated|created|modified|_at$|-at$/i;

/** The moment that a number of milliseconds seems to be, by the name of its field. */
function moment(name, node) {
  const n = Number(node.v);
  if (node.k !== "num" || !HAS_TIME.test(name) || n < 946684800000 || n > 4102444800000) return null;
  return h("span", { class: "v-moment" }, new Date(n).toISOString().replace("T", " ").replace(/(\.000)?Z$/, " UTC"));
}

function leaf(node, name) {
  if (node.k === "str" && node.v.includes("\n")) {
    return h("span", {}, h("span", { class: "v v-str v-lines" }, seen(node.v)), node.more ? more(node.more, "chars") : null);
  }
  return h("span", {}, scalar(node), moment(name, node));
}

function name(keyNode, valueNode, onField) {
  const text = keyText(keyNode);
  if (!valueNode.p || BRACKETS[valueNode.k]) return h("span", { class: "v v-name" }, text);
  return h("button", { class: "v v-name", type: "button", title: "Search by this field",
    "aria-label": `Search by the field ${text}`, onclick: () => onField(valueNode.p, valueNode) }, text);
}

function entry(node, item, i, onField) {
  if (node.k === "map") {
    return branch(item[1], [name(item[0], item[1], onField), mark(json ? ": " : " ")], keyText(item[0]), onField);
  }
  const index = node.k === "set" ? [] : [h("span", { class: "v-index" }, count(i))];
  return branch(item, index, "", onField);
}

function branch(node, before, label, onField) {
  if (node.k === "tag") return branch(node.item, [...before, h("span", { class: "v v-tag" }, `${seen(node.v)} `)], label, onField);
  const brackets = BRACKETS[node.k];
  if (!brackets) return h("li", { class: "leaf" }, ...before, leaf(node, label));
  const items = node.items.length + (node.more || 0);
  if (items === 0) return h("li", { class: "leaf" }, ...before, mark(brackets.join("")));
  const list = h("ul", {}, ...node.items.map((item, i) => entry(node, item, i, onField)));
  if (node.more) list.append(h("li", { class: "leaf" }, more(node.more, "items")));
  const summary = h("summary", {}, ...before, mark(brackets[0]), h("span", { class: "v-count" }, count(items)), mark(brackets[1]));
  return h("li", {}, h("details", { open: true }, summary, list));
}

/** The value over many lines, which can be folded. A click on a field calls onField with its path and its node. */
export function tree(node, onField) {
  return h("ul", { class: "tree" }, branch(node, [], "", onField));
}
