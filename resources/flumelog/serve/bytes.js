// Draws the frame of a record: its parts in order, and all bytes with their places in the file.

import { count, h, plural } from "./dom.js";
import { ask } from "./api.js";

const TITLES = { length: "length", data: "data", end: "trailer" };

const kind = (part, i) => (part.name === "length" ? `length${i === 0 ? 1 : 2}` : part.name);

function partBox(part, i, record) {
  return h("li", { class: `part part-${kind(part, i)}` },
    h("span", { class: "part-name" }, TITLES[part.name]),
    h("span", { class: "part-bytes" }, part.bytes < 10000 ? plural(part.bytes, "byte") : `${count(part.bytes)} B`),
    h("span", { class: "part-value" }, part.name === "data" ? "…" : count(part.name === "end" ? record.end : record.bytes)),
    h("span", { class: "part-at" }, count(record.offset + part.at)));
}

function picture(record) {
  return h("ol", { class: "frame", "aria-label": "The parts of the frame, and where each begins in the file" },
    ...record.frame.map((part, i) => partBox(part, i, record)));
}

const ABOUT = {
  flume: "The length stands at both ends, so the log can be read in both directions. The trailer is the position just past the frame; it proves that the frame is where it was written.",
  legacy: "The length stands at both ends, so the log can be read in both directions. The format before version 3 has no trailer.",
};

// The dump: lines of bytes, each of the bytes knows its part.

const perLine = () => (window.matchMedia("(max-width: 720px)").matches ? 8 : 16);

/** The known bytes of the frame as {at, kind, byte}. */
function known(parts) {
  const bytes = [];
  parts.forEach((part, i) => {
    if (!part.hex) return;
    for (let at = 0; at < part.hex.length; at += 2) {
      bytes.push({ at: part.from + at / 2, kind: kind(part, i), byte: parseInt(part.hex.slice(at, at + 2), 16) });
    }
  });
  return bytes;
}

const isShown = (byte) => byte >= 32 && byte < 127;

/** Spans for runs of bytes of one part. */
function runs(bytes, text) {
  const spans = [];
  for (const b of bytes) {
    const last = spans[spans.length - 1];
    if (last && last.className === `b-${b.kind}`) last.textContent += text(b);
    else spans.push(h("span", { class: `b-${b.kind}` }, text(b)));
  }
  return spans;
}

function line(bytes, start, width, digits) {
  const hex = runs(bytes, (b) => `${b.byte.toString(16).padStart(2, "0")} `);
  return h("div", { class: "dump-line" },
    h("span", { class: "dump-at" }, String(start + bytes[0].at).padStart(digits, " ")),
    h("span", { class: "dump-hex" }, ...hex, "   ".repeat(width - bytes.length)),
    h("span", { class: "dump-text" }, ...runs(bytes, (b) => (isShown(b.byte) ? String.fromCharCode(b.byte) : "·"))));
}

function dump(record, parts) {
  const width = perLine(), bytes = known(parts), digits = String(record.offset + record.frame.at(-1).at).length;
  const box = h("div", { class: "dump-lines" });
  for (let i = 0; i < bytes.length; i += width) box.append(line(bytes.slice(i, i + width), record.offset, width, digits));
  return box;
}

/** The frame of the record, and its bytes; more of them when asked for. */
export function frameOf(record) {
  const last = record.frame.at(-1), total = last.at + last.bytes, lines = h("div", {
    class: "dump", tabindex: "0", role: "group", "aria-label": "The bytes of the frame: position in the file, bytes as hex, bytes as text" });
  let shown = known(record.frame).length;
  lines.append(dump(record, record.frame));
  const button = h("button", { class: "plain more", type: "button" });
  const tell = () => {
    button.hidden = shown >= total;
    button.textContent = `Show more: ${plural(total - shown, "byte")} to come`;
  };
  button.addEventListener("click", async () => {
    const parts = await ask("bytes", { offset: record.offset, from: shown, to: Math.min(total, shown + 16384) });
    lines.append(dump(record, parts));
    shown += known(parts).length;
    tell();
  });
  tell();
  return h("div", {}, record.framing ? picture(record) : null,
    record.framing ? h("p", { class: "quiet about-frame" }, ABOUT[record.framing]) : null, lines, button);
}
