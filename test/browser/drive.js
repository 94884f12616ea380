// Drives the page of a log in Chromium: node drive.js ADDRESS CHROMIUM quick|ci
//
// Prints a line of JSON for each check, {"check": name, "error": null or a text}. It asks for changes of the log by {"ask": word} and
// waits for a line of answer.

const { chromium } = require("playwright-core");
const fs = require("node:fs");
const readline = require("node:readline");
const checks = require("./checks.js");

const [address, executablePath, size] = process.argv.slice(2);

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks for a change of the log, and waits until it is made. */
async function ask(word) {
  say({ ask: word });
  return JSON.parse((await answers.next()).value);
}

/** What axe-core finds that is serious. */
async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)} ${nodes[0].failureSummary}`);
}

/** A page in a window of its own, which notes what it says and asks for. */
async function open(browser, { width = 1280, height = 800, scheme = "light" } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, hasTouch: width < 720 });
  const page = await context.newPage();
  page.setDefaultTimeout(30000);
  const noted = [];
  page.on("console", (message) => { if (message.type() === "error" || message.type() === "warning") noted.push(message.text()); });
  page.on("pageerror", (error) => noted.push(error.message));
  page.on("dialog", (dialog) => { noted.push(`a dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => { if (!request.url().startsWith(address)) noted.push(`asked for ${request.url()}`); });
  return { page, noted };
}

/** The result of a check: null, or what was wrong. */
async function errorOf(run, { page, noted }) {
  try {
    await page.goto("about:blank");
    noted.length = 0;
    await page.goto(address);
    await page.waitForSelector(".row");
    await run({ page, ask, axe, address, long: size !== "quick" });
    return noted.length ? `the page said: ${noted.join("; ")}` : null;
  } catch (error) {
    return `${error.message}\n${error.stack}`;
  }
}

async function main() {
  const browser = await chromium.launch({ executablePath, args: FLAGS }), windows = new Map();
  try {
    for (const [name, { window, run, long }] of Object.entries(checks)) {
      if (long && size === "quick") continue;
      const key = JSON.stringify(window);
      if (!windows.has(key)) windows.set(key, await open(browser, window));
      say({ check: name, error: await errorOf(run, windows.get(key)) });
    }
  } finally {
    await browser.close();
  }
  process.exit(0);
}

main().catch((error) => { say({ check: "the browser starts", error: error.message }); process.exit(1); });
