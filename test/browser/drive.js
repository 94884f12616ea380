// Drives the page of a log in Chromium: node drive.js ADDRESS CHROMIUM quick|ci
//
// Prints a line of JSON for each check, {"check": name, "error": null or a text}. It asks for changes of the log by {"ask": word} and
// waits for a line of answer.

const readline = require("node:readline");
const { axe, launch, open, say } = require("./browser.js");
const checks = require("./checks.js");

const [address, executablePath, size] = process.argv.slice(2);

const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Asks for a change of the log, and waits until it is made. */
async function ask(word) {
  say({ ask: word });
  return JSON.parse((await answers.next()).value);
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
  const browser = await launch(executablePath), windows = new Map();
  try {
    for (const [name, { window, run, long }] of Object.entries(checks)) {
      if (long && size === "quick") continue;
      const key = JSON.stringify(window);
      if (!windows.has(key)) windows.set(key, await open(browser, address, window));
      say({ check: name, error: await errorOf(run, windows.get(key)) });
    }
  } finally {
    await browser.close();
  }
  process.exit(0);
}

main().catch((error) => { say({ check: "the browser starts", error: error.message }); process.exit(1); });
