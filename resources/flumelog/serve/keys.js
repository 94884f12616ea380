// The keyboard: the letters do nothing while somebody writes.

import { find } from "./dom.js";

const dialog = find("help");

const writes = (target) => target.matches("input:not([type=range]), select, textarea");

export function help() { if (dialog.open) dialog.close(); else dialog.showModal(); }

find("help-button").addEventListener("click", help);
find("help-close").addEventListener("click", help);
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/** Calls the action of a key: a map of keys, as KeyboardEvent.key names them, to functions. */
export function listenTo(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (writes(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (dialog.open && event.key !== "?") return;
    const inTabs = event.target.closest("[role=tablist], [type=range], .dump, #pane-data");
    if (inTabs && event.key.startsWith("Arrow")) return;
    if (event.target.matches("[type=range]") && ["Home", "End"].includes(event.key)) return;
    const action = actions[event.key];
    if (action) { event.preventDefault(); action(); }
  });
}
