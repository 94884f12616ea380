// Puts the parts of the page together. The place is in the address behind the #: an offset, or a search.

import { announce, count, find, size } from "./dom.js";
import { ask } from "./api.js";
import { writeAsJson } from "./value.js";
import * as list from "./list.js";
import * as record from "./record.js";
import * as search from "./search.js";
import * as strip from "./strip.js";
import * as tail from "./tail.js";
import * as keys from "./keys.js";

const jump = find("jump"), jumpTo = find("jump-offset");
let end = 0;

// The address

const wanted = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

const hash = (params) => `#${new URLSearchParams(params)}`;

function go(params) {
  if (hash(params) === location.hash || (location.hash === "" && hash(params) === "#")) route(); else location.hash = hash(params);
}

/** Shows what the address asks for. */
async function route() {
  const { offset, ...asked } = wanted();
  if (Object.keys(asked).length) {
    search.fill(asked);
    search.start(asked, end);
    if (offset !== undefined) select(Number(offset)); else record.close();
    return;
  }
  search.fill({});
  search.clear();
  if (offset === undefined) {
    record.close();
    await list.showNewest();
    tail.caughtUp();
  } else {
    const target = await list.showAround(Number(offset));
    if (target) select(target.offset);
  }
}

/** Looks at a record of the list. The address tells, but one goes back over it. */
function select(offset) {
  history.replaceState(null, "", hash({ ...wanted(), offset }));
  record.open(offset);
  list.mark(offset);
}

function close() {
  if (!record.isOpen()) { if (search.isSearching()) go({}); return; }
  const offset = record.offset();
  record.close();
  const { offset: _, ...rest } = wanted();
  history.replaceState(null, "", hash(rest));
  list.mark(offset)?.focus();
  list.mark(null);
}

window.addEventListener("hashchange", route);

// The list

find("rows").addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  select(Number(row.dataset.offset));
});

function step(by) {
  const current = record.isOpen() ? record.offset() : Number(document.activeElement.closest(".row")?.dataset.offset ?? NaN);
  const next = list.neighbour(current, by);
  if (!next) return;
  list.reveal(next.offset);
  if (record.isOpen()) select(next.offset);
  next.element.querySelector("a").focus({ preventScroll: true });
}

list.onChange(() => {
  const seen = list.seenRows();
  if (seen) strip.setSeen(seen.last.offset, seen.first.end ?? seen.first.offset);
  tail.caughtUp();
});

let offered = null;
find("search").addEventListener("focusin", () => {
  if (offered !== list.newest()) search.offer(list.shown());
  offered = list.newest();
});

// Ways to other places

const toNewest = () => go({});

function toPlace(offset) {
  if (offset === Infinity) toNewest(); else go({ offset });
}

jump.addEventListener("submit", (event) => {
  event.preventDefault();
  const offset = Number(jumpTo.value.replace(/[\s,_.']/g, ""));
  const right = jumpTo.value.trim() !== "" && Number.isSafeInteger(offset) && offset >= 0;
  jumpTo.setAttribute("aria-invalid", String(!right));
  if (!right) { announce("An offset is a whole number, 0 or more"); return; }
  jumpTo.blur();
  toPlace(offset);
});

strip.onPlace(toPlace);
search.onSubmit((params) => go(params || {}));
record.onFieldClick(search.addCondition);
find("search-clear").addEventListener("click", toNewest);
find("record-close").addEventListener("click", close);
find("record-newer").addEventListener("click", () => step(-1));
find("record-older").addEventListener("click", () => step(1));
find("home").addEventListener("click", (event) => { event.preventDefault(); toNewest(); });

keys.listenTo({
  "/": () => find("text").focus(),
  g: () => { jumpTo.focus(); jumpTo.select(); },
  f: () => find("add-condition").click(),
  l: tail.toggleLive,
  j: () => step(1), ArrowDown: () => step(1),
  k: () => step(-1), ArrowUp: () => step(-1),
  d: () => record.choose("data"),
  b: () => record.choose("bytes"),
  Home: toNewest, End: () => toPlace(0),
  Escape: close,
  "?": keys.help,
});

// Beginning

function setEnd(newEnd) {
  end = newEnd;
  strip.setEnd(end);
  find("log-size").textContent = size(end);
}

tail.onNews({ reset: toNewest, end: setEnd });

try {
  const log = await ask("log");
  document.title = `${log.name} · flumelog`;
  find("log-name").textContent = log.name;
  find("log-name").title = log.path;
  find("log-format").textContent = [log.framing, log["offset-bits"] && `${log["offset-bits"]} bits`, log.codec].filter(Boolean).join(" · ");
  find("strip-newest").textContent = `newest ${count(Math.max(0, log.since))}`;
  find("damage").textContent = log.damage || "";
  find("damage").hidden = !log.damage;
  writeAsJson(log.codec === "json");
  setEnd(log.end);
  await route();
  tail.follow(log.since);
} catch (error) {
  find("list-bottom").textContent = error.message;
}
