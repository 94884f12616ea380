// What the checks in Chromium share.

const { chromium } = require("playwright-core");
const fs = require("node:fs");

const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"];

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const PHONE = { width: 390, height: 800 };
const DESKTOP = { width: 1280, height: 800 };

const launch = (executablePath) => chromium.launch({ executablePath, args: FLAGS });

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** What axe-core finds that is serious. */
async function axe(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 120)} ${nodes[0].failureSummary}`);
}

/** A page in a window of its own, which notes what it says, and what it asks for that does not begin with the address. */
async function open(browser, address, { width = 1280, height = 800, scheme = "light" } = {}) {
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

module.exports = { DESKTOP, PHONE, axe, launch, open, say };
