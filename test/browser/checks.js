// What the page does, as a person sees it. Each check gets a page that shows the newest records. See serve_browser_test.clj for the log.

const assert = require("node:assert/strict");

const { DESKTOP, PHONE } = require("./browser.js");

const offsets = (page) => page.$$eval(".row", (rows) => rows.map((row) => Number(row.dataset.offset)));

const text = (page, selector) => page.textContent(selector);

const until = (page, f, arg) => page.waitForFunction(f, arg);

const descends = (numbers) => numbers.every((n, i) => i === 0 || n < numbers[i - 1]);

/** Scrolls on until the words are seen at the end of the list, and returns the most rows that there were. */
async function scrollTo(page, direction, arrived) {
  let most = 0;
  for (let i = 0; i < 400; i += 1) {
    const { done, rows } = await page.evaluate(([down, selector, words]) => {
      const scroller = document.getElementById("scroller");
      scroller.scrollTop += (down ? 1 : -1) * 20000;
      const end = document.querySelector(selector);
      return { rows: document.querySelectorAll(".row").length,
        done: words ? end.textContent.includes(words) : end.hidden && scroller.scrollTop === 0 };
    }, [direction === "down", arrived.selector, arrived.words]);
    most = Math.max(most, rows);
    if (done) return most;
    await page.waitForTimeout(15);
  }
  throw new Error(`the end was not reached ${direction}wards`);
}

const press = async (page, ...keys) => { for (const key of keys) await page.keyboard.press(key); };

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.closest(".row")?.dataset.offset);

module.exports = {
  "the newest records come first, and scrolling goes on to the oldest and back": {
    async run({ page, ask }) {
      const { newest, oldest } = await ask("ends"), first = await offsets(page);
      assert.equal(first[0], newest);
      assert.ok(descends(first));
      const most = Math.max(await scrollTo(page, "down", { selector: "#list-bottom", words: "oldest" }));
      assert.equal((await offsets(page)).at(-1), oldest);
      assert.ok(most <= 420, `${most} rows at once`);
      assert.ok(descends(await offsets(page)));
      assert.ok(await scrollTo(page, "up", { selector: "#list-top" }) <= 420);
      assert.equal((await offsets(page))[0], newest);
    },
  },

  "scrolling down does not move what is seen when rows are dropped above": {
    long: true,
    async run({ page }) {
      for (let i = 0; i < 12; i += 1) {
        await page.evaluate(() => { const s = document.getElementById("scroller"); s.scrollTop = s.scrollHeight; });
        await page.waitForTimeout(60);
      }
      const place = () => page.evaluate(() => {
        const top = document.getElementById("scroller").getBoundingClientRect().top;
        const row = [...document.querySelectorAll(".row")].find((each) => each.getBoundingClientRect().top >= top);
        return [row.dataset.offset, Math.round(row.getBoundingClientRect().top)];
      });
      await page.evaluate(() => { document.getElementById("scroller").scrollTop = 900; });
      await page.waitForTimeout(50);
      const before = await place();
      await page.evaluate(() => { document.getElementById("scroller").scrollTop -= 200; });
      await page.waitForTimeout(400);
      await page.evaluate(() => { document.getElementById("scroller").scrollTop += 200; });
      await page.waitForTimeout(50);
      assert.deepEqual(await place(), before);
    },
  },

  "an offset leads to the record at or above it": {
    async run({ page, ask }) {
      const { middle } = await ask("ends");
      await page.fill("#jump-offset", (middle - 1).toLocaleString("en-US"));
      await press(page, "Enter");
      await page.waitForSelector(`.row[data-offset="${middle}"] > a[aria-current]`);
      assert.equal(await text(page, "#record-title"), middle.toLocaleString("en-US"));
      assert.ok(await page.isVisible(`.row[data-offset="${middle}"]`));
      await page.goBack();
      await until(page, () => document.querySelectorAll(".row").length > 0 && document.getElementById("record").hidden);
      await page.fill("#jump-offset", "12x");
      await press(page, "Enter");
      assert.equal(await page.getAttribute("#jump-offset", "aria-invalid"), "true");
    },
  },

  "a record is shown as data, without running what it says": {
    async run({ page, ask }) {
      const { evil } = await ask("ends");
      await page.evaluate((offset) => { location.hash = `#offset=${offset}`; }, evil);
      await page.waitForSelector(".tree");
      assert.match(await text(page, "#pane-data"), /<img src=x onerror=\\"window\.evil=1\\"><script>/);
      assert.match(await text(page, "#pane-data"), /\\u202e/);
      assert.equal(await page.$$eval("#scroller img, #record img, #scroller script", (found) => found.length), 0);
      assert.equal(await page.evaluate(() => window.evil), undefined);
    },
  },

  "a record is shown as bytes, with its frame": {
    async run({ page, ask }) {
      const { newest, frame } = await ask("ends");
      await page.click(`.row[data-offset="${newest}"] > a`);
      await page.click("#tab-bytes");
      await page.waitForSelector(".frame");
      assert.deepEqual(await page.$$eval(".part-name", (parts) => parts.map((part) => part.textContent)), ["length", "data", "length", "trailer"]);
      assert.deepEqual(await page.$$eval(".part-at", (parts) => parts.map((part) => Number(part.textContent.replace(/,/g, "")))), frame.places);
      assert.equal((await page.$$eval(".dump-hex", (lines) => lines.map((line) => line.textContent).join(""))).replace(/\s/g, ""), frame.hex);
    },
  },

  "a search finds by text and by field": {
    async run({ page, ask }) {
      const { hits } = await ask("ends");
      await page.fill("#text", "ALICE");
      await page.click("#add-condition");
      await page.fill(".condition .field", "value.n");
      await page.selectOption(".condition select", ">");
      await page.fill(".condition .value", "90");
      await press(page, "Enter");
      await until(page, () => document.getElementById("search-said").textContent.includes("all"));
      assert.deepEqual(await offsets(page), hits);
      assert.ok((await page.$$eval("mark", (marks) => marks.map((each) => each.textContent))).includes("alice"));
      await page.reload();
      await until(page, () => document.getElementById("search-said").textContent.includes("all"));
      assert.deepEqual(await offsets(page), hits, "the address says what is searched for");
      await press(page, "Escape");
      await until(page, () => document.getElementById("search-status").hidden && document.querySelectorAll(".row").length > 20);
    },
  },

  "a click on a field of a record searches by it": {
    long: true,
    async run({ page }) {
      await page.click(".row:nth-child(2) > a");
      await page.click(".tree button.v-name >> text=:author");
      assert.equal(await page.inputValue(".condition .field"), "value.author");
      await press(page, "Enter");
      await until(page, () => document.getElementById("search-said").textContent.includes("found"));
    },
  },

  "a search can be stopped, and goes on from there": {
    async run({ page, ask }) {
      await ask("slow");
      await page.click("#add-condition");
      await page.fill(".condition .field", "none");
      await page.fill(".condition .value", "x");
      await press(page, "Enter");
      await until(page, () => / at [\d,]+ .* read/.test(document.getElementById("search-said").textContent));
      await page.click("#search-stop");
      assert.match(await text(page, "#search-said"), /Nothing found · stopped at [\d,]+/);
      await ask("fast");
      await page.click("#search-on");
      await until(page, () => document.getElementById("search-said").textContent.includes("all"));
    },
  },

  "records that are appended appear on top, or are told of": {
    async run({ page, ask }) {
      await page.waitForSelector("#live[data-state=live]");
      const { newest } = await ask("append");
      await page.waitForSelector(`.row:first-child[data-offset="${newest}"]`);
      await page.evaluate(() => { document.getElementById("scroller").scrollTop = 600; });
      const { newest: next } = await ask("append");
      await page.waitForSelector("#pill:not([hidden])");
      await page.click("#pill");
      await page.waitForSelector(`.row:first-child[data-offset="${next}"]`);
      await page.click("#live");
      assert.equal(await page.getAttribute("#live", "aria-pressed"), "false");
    },
  },

  "the strip leads anywhere": {
    long: true,
    async run({ page, ask }) {
      const { end } = await ask("ends"), box = await page.locator("#strip").boundingBox();
      await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
      await page.waitForSelector(".row > a[aria-current]");
      const [offset] = await page.$$eval(".row > a[aria-current]", (links) => links.map((link) => Number(link.parentElement.dataset.offset)));
      assert.ok(Math.abs(offset - end / 2) < end / 50, `${offset} of ${end}`);
      await page.focus("#place");
      await press(page, "End");
      await until(page, () => document.getElementById("record").hidden);
    },
  },

  "all of it is done by keys": {
    async run({ page, ask }) {
      const { newest, oldest } = await ask("ends");
      await press(page, "j");
      assert.equal(await focused(page), String(newest));
      await press(page, "j", "j", "k");
      const second = await focused(page);
      assert.equal(second, String((await offsets(page))[1]));
      await press(page, "Enter");
      await page.waitForSelector(".tree");
      await press(page, "b");
      assert.ok(await page.isVisible("#pane-bytes .frame"));
      await press(page, "d", "j");
      await until(page, (offset) => document.querySelector(".row > a[aria-current]")?.parentElement.dataset.offset !== offset, second);
      await press(page, "Escape");
      assert.ok(await page.isHidden("#record"));
      assert.equal(await focused(page), String((await offsets(page))[2]), "the focus goes back to the row");
      await press(page, "/");
      assert.equal(await focused(page), "text");
      await press(page, "Escape", "g");
      assert.equal(await focused(page), "jump-offset");
      await press(page, "Escape", "?");
      assert.ok(await page.isVisible("#help"));
      await press(page, "Escape", "End");
      await page.waitForSelector(`.row[data-offset="${oldest}"]`);
      await press(page, "Home");
      await page.waitForSelector(`.row:first-child[data-offset="${newest}"]`);
    },
  },

  "a phone shows one thing at a time, and nothing is too wide": {
    window: PHONE,
    async run({ page }) {
      const wide = () => page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.equal(await wide(), false);
      await page.tap(".row:nth-child(2) > a");
      await page.waitForSelector(".tree");
      const { width, height } = await page.locator("#record").boundingBox();
      assert.deepEqual([width, height], [390, 800]);
      await page.tap("#tab-bytes");
      assert.equal(await wide(), false);
      await page.tap("#record-close");
      assert.ok(await page.isVisible(".row:nth-child(2)"));
    },
  },

  ...Object.fromEntries(["light", "dark"].flatMap((scheme) => [DESKTOP, PHONE].map((size) => [
    `axe-core finds nothing serious, ${scheme}, ${size.width} wide`, {
      window: { ...size, scheme },
      long: (scheme === "light") === (size.width < 720),
      async run({ page, axe, ask, long }) {
        const { evil } = await ask("ends");
        const look = async (what) => assert.deepEqual(await axe(page), [], what);
        if (long) await look("the list");
        await page.evaluate((offset) => { location.hash = `#offset=${offset}`; }, evil);
        await page.waitForSelector(".tree");
        if (long || scheme === "light") await look("a record");
        await page.click("#tab-bytes");
        if (long || scheme === "dark") await look("its bytes");
        await page.click("#record-close");
        if (long) {
          await press(page, "?");
          await look("the help");
          await press(page, "Escape");
        }
        await page.evaluate(() => { location.hash = "#text=alice&field0=value.n&is0=%3E&value0=90"; });
        await until(page, () => document.getElementById("search-said").textContent.includes("all"));
        if (long) await look("a search");
      },
    }]))),
};
