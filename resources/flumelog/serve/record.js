// One record: its value, and its frame byte by byte.

import { announce, count, find, h, size } from "./dom.js";
import { ask } from "./api.js";
import { tree } from "./value.js";
import { frameOf } from "./bytes.js";

const panel = find("record"), title = find("record-title"), facts = find("record-facts"), copy = find("copy"), body = document.body;
const tabs = { data: find("tab-data"), bytes: find("tab-bytes") };
const panes = { data: find("pane-data"), bytes: find("pane-bytes") };
let tab = "data", asked = null, onField = () => {};

export const isOpen = () => body.classList.contains("has-record");
export const offset = () => asked;
export function onFieldClick(f) { onField = f; }

export function choose(name, focus = false) {
  tab = name;
  for (const each of Object.keys(tabs)) {
    tabs[each].setAttribute("aria-selected", String(each === name));
    tabs[each].tabIndex = each === name ? 0 : -1;
    panes[each].hidden = each !== name;
  }
  if (focus) tabs[name].focus();
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

function draw(record) {
  facts.replaceChildren(
    fact("data", `${count(record.bytes)} bytes`),
    ...(record.framing ? [fact("ends at", count(record.end)), fact("frame", `${record.framing}${record.framing === "flume" ? `, ${record["offset-bits"]} bits` : ""}`)] : []));
  panes.data.replaceChildren(record.error ? h("p", { class: "error" }, record.error) : tree(record.v, onField));
  panes.bytes.replaceChildren(frameOf(record));
  copy.hidden = Boolean(record.error);
  if (record.error) choose("bytes");
}

function fail(error) {
  facts.replaceChildren();
  copy.hidden = true;
  panes.data.replaceChildren(h("p", { class: "error" }, error.message));
  panes.bytes.replaceChildren(h("p", { class: "error" }, error.message));
}

/** Shows the record at the offset. */
export async function open(newOffset) {
  asked = newOffset;
  body.classList.add("has-record");
  panel.hidden = false;
  title.textContent = count(newOffset);
  try {
    const record = await ask("record", { offset: newOffset });
    if (asked !== newOffset) return;
    draw(record);
    announce(`Record at offset ${newOffset}, ${size(record.bytes)}`);
  } catch (error) {
    if (asked === newOffset) fail(error);
  }
  panes.data.scrollTop = panes.bytes.scrollTop = 0;
}

export function close() {
  asked = null;
  body.classList.remove("has-record");
  panel.hidden = true;
}

for (const name of Object.keys(tabs)) {
  tabs[name].addEventListener("click", () => choose(name));
  tabs[name].addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") choose(name === "data" ? "bytes" : "data", true);
  });
}

/** The text of the value as it is drawn, without what folds it. */
function textOf(node) {
  const clone = node.cloneNode(true);
  clone.querySelectorAll(".v-count, .v-moment, .v-index").forEach((each) => each.remove());
  const text = (li, indent) => {
    const details = li.querySelector(":scope > details");
    if (!details) return indent + li.textContent;
    const [open, close] = [details.querySelector("summary").textContent.slice(0, -1), details.querySelector("summary").textContent.slice(-1)];
    const inner = [...details.querySelectorAll(":scope > ul > li")].map((each) => text(each, `${indent}  `));
    return `${indent}${open}\n${inner.join("\n")}\n${indent}${close}`;
  };
  return text(clone.querySelector(".tree > li"), "");
}

copy.addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(textOf(panes.data));
    announce("Copied");
    copy.textContent = "Copied";
  } catch { copy.textContent = "Not allowed"; }
  setTimeout(() => { copy.textContent = "Copy"; }, 1500);
});

choose("data");
