// Looks at the page of flumelog stats in Chromium: node stats.js ADDRESS CHROMIUM
//
// Prints a line of JSON for each check, {"check": name, "error": null or a text}. For the log see stats_browser_test.clj.

const assert = require("node:assert/strict");
const { DESKTOP, PHONE, axe, launch, open, say } = require("./browser.js");

const [address, executablePath] = process.argv.slice(2);

const isSeen = (page, selector) => page.locator(selector).first().isVisible();

async function look(page) {
  const titles = await page.$$eval("h2", (found) => found.map((each) => each.textContent));
  assert.deepEqual(titles, ["The file", "Growth over time", "Sizes of records", "Commonest types", "Commonest keys"]);
  for (const picture of ["live", "deleted", "torn"]) assert.ok(await isSeen(page, `svg .${picture}`), `the strip shows what is ${picture}`);
  assert.ok(await page.$$eval("svg", (found) => found.length >= 4 && found.every((each) => each.getAttribute("aria-label"))), "pictures have words");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth), false, "nothing is too wide");
  assert.match(await page.textContent("body"), /<img src=x onerror="window\.evil=1">/, "a type is shown as it is");
  assert.equal(await page.$$eval("img, script, link, iframe", (found) => found.length), 0);
  assert.equal(await page.evaluate(() => window.evil), undefined);
}

/** The rows that are folded are reached by keys. */
async function unfold(page) {
  await page.focus("summary");
  assert.equal(await isSeen(page, "details tbody tr"), false);
  await page.keyboard.press("Enter");
  assert.ok(await isSeen(page, "details tbody tr"));
}

async function errorOf(browser, window) {
  const { page, noted } = await open(browser, address, window);
  try {
    await page.goto(address);
    await look(page);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number));
    assert.equal(background[0] < 128, window.scheme === "dark", `the background of ${window.scheme} is ${background}`);
    assert.deepEqual(await axe(page), []);
    await unfold(page);
    assert.deepEqual(await axe(page), [], "unfolded");
    return noted.length ? `the page said: ${noted.join("; ")}` : null;
  } catch (error) {
    return `${error.message}\n${error.stack}`;
  }
}

async function main() {
  const browser = await launch(executablePath);
  try {
    for (const scheme of ["light", "dark"]) {
      for (const size of [DESKTOP, PHONE]) {
        say({ check: `the page of stats, ${scheme}, ${size.width} wide`, error: await errorOf(browser, { ...size, scheme }) });
      }
    }
  } finally {
    await browser.close();
  }
  process.exit(0);
}

main().catch((error) => { say({ check: "the browser starts", error: error.message }); process.exit(1); });
