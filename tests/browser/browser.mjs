// A browser for the programs of this folder: Chromium out of a package, which needs nothing of the system.
import chromium from "@sparticuz/chromium";
import puppeteer from "puppeteer-core";

const SECONDS = 120;

// Runs a story on a page of this origin and prints what it returns, with what the page did that no page may do.
export async function tell(origin, story) {
  const browser = await puppeteer.launch({
    executablePath: await chromium.executablePath(),
    // Tests run as root in containers, where Chromium cannot make a sandbox of its own.
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
    headless: "shell",
    // It ends with this process.
    pipe: true,
    protocolTimeout: SECONDS * 1000,
  });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(SECONDS * 1000);
    await page.setViewport({ width: 1280, height: 800 });
    const wrong = watch(page, origin);
    console.log(JSON.stringify({ ...(await story(page)), wrong }));
  } finally {
    await browser.close();
  }
}

// Returns the list to which it adds each error of a script, each violation of the policy, each request to another host
// and each missing file. Refusals of the API are no errors of the page.
function watch(page, origin) {
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) wrong.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!/^(data|blob|about):/.test(request.url()) && new URL(request.url()).origin !== origin) wrong.push(`request: ${request.url()}`);
  });
  page.on("response", (answer) => {
    const { pathname } = new URL(answer.url());
    if (answer.status() >= 400 && !pathname.startsWith("/api/") && pathname !== "/oauth/token") wrong.push(`${answer.status()}: ${pathname}`);
  });
  return wrong;
}

export async function textOf(page, selector) {
  const element = await page.waitForSelector(selector, { visible: true });
  return element.evaluate((it) => it.textContent.trim());
}

// Types into a field as its user does, over what it holds.
export async function fill(page, selector, text) {
  const field = await page.waitForSelector(selector, { visible: true });
  await field.click({ count: 3 });
  await field.type(text);
}

// Focuses and clicks by the script of the page: a test must not fail because a page still moves.
export async function press(page, selector) {
  const element = await page.waitForSelector(selector, { visible: true });
  await element.evaluate((it) => (it.focus(), it.click()));
}
