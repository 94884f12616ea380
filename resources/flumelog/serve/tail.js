// Follows the log: records come as they are appended. A page that is not seen does not listen.

import { announce, find, plural } from "./dom.js";
import { listen } from "./api.js";
import * as list from "./list.js";
import * as strip from "./strip.js";

const toggle = find("live"), pill = find("pill");
let stop = null, wanted = true, last, unseen = 0, onReset = () => {}, onEnd = () => {};

/** Calls reset when the newest records are to be shown, and end when the log has grown. */
export function onNews({ reset, end }) { onReset = reset; onEnd = end; }

function state(name, words) {
  toggle.dataset.state = name;
  toggle.setAttribute("aria-pressed", String(name !== "off"));
  toggle.title = words;
}

function hint() {
  pill.hidden = unseen === 0 || !list.showsLog() || list.isAtNewest();
  pill.textContent = `↑ ${plural(unseen, "new record")}`;
}

function take({ rows, gap, end }) {
  onEnd(end);
  strip.setEnd(end);
  if (rows.length) last = rows.at(-1).offset;
  if (list.isAtNewest()) {
    if (gap) onReset(); else list.addAppended(rows);
    unseen = 0;
    if (rows.length) announce(`${plural(rows.length, "new record")}`);
  } else if (rows.length) {
    unseen += rows.length;
    list.fallBehind();
  }
  hint();
}

const live = () => state("live", "Live: records come as they are appended. Press to stop");

function begin() {
  if (stop || !wanted || document.hidden || last === undefined) return;
  state("connecting", "Connecting …");
  stop = listen("tail", { gt: last }, {
    rows: take,
    ended: ({ message }) => { end(); state("lost", message); announce(message); },
  }, (forGood) => {
    state("lost", "The server does not answer");
    if (!forGood) return;
    end();
    setTimeout(begin, 5000);
  }, live);
}

function end() {
  stop?.();
  stop = null;
}

/** Follows the log from the record at the offset. */
export function follow(offset) {
  last = offset;
  begin();
}

/** The newest records are shown. */
export function caughtUp() {
  if (list.isAtNewest()) unseen = 0;
  hint();
}

export function switchTo(yes) {
  wanted = yes;
  if (yes) begin(); else { end(); state("off", "Not live: press to follow the log"); }
}

toggle.addEventListener("click", () => switchTo(!wanted));
pill.addEventListener("click", () => { unseen = 0; onReset(); });
document.addEventListener("visibilitychange", () => { if (document.hidden) end(); else begin(); });

export const toggleLive = () => switchTo(!wanted);
