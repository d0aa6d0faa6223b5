// A first hour with /docs: log in, find an operation, call it, reload, and what happens when the token ends.
import { fill, press, tell, textOf } from "./browser.mjs";

const [origin, username, password, pasted] = process.argv.slice(2);
const SEARCH = "search_vehicles";
const OPENED = `[id="operations-stolen-vehicles-${SEARCH}"]`;

await tell(origin, async (page) => {
  const told = {};
  await page.goto(`${origin}/docs`, { waitUntil: "domcontentloaded" });

  await press(page, ".btn.authorize");
  told.asked = await page.$$eval("#login input", (inputs) => inputs.filter((each) => each.checkVisibility()).map((each) => each.name));
  told.hint = await textOf(page, "#login section:not([hidden]) p");
  await logIn(page, "a wrong one");
  told.wrongPassword = await textOf(page, "#login-error");
  await logIn(page, password);
  told.loggedIn = await textOf(page, ".btn.authorize.locked");

  told.all = await textOf(page, ".filter-operations output");
  await fill(page, ".filter-operations input", "VIN engine number search");
  await page.waitForFunction((all) => document.querySelector(".filter-operations output").textContent !== all, {}, told.all);
  told.found = await page.$$eval(".opblock-summary-path", (paths) => paths.map((each) => each.dataset.path));

  await page.goto(`${origin}/docs#/stolen-vehicles/${SEARCH}`);
  await page.reload({ waitUntil: "domcontentloaded" });
  told.afterReload = await textOf(page, ".btn.authorize.locked");
  await page.waitForSelector(`${OPENED} .responses-table`);
  told.height = await page.$eval(OPENED, (it) => it.getBoundingClientRect().height);
  await press(page, `${OPENED} .refusals > summary`);
  told.refusals = await page.$$eval(`${OPENED} .refusal > summary > code:first-child`, (all) => all.map((each) => each.textContent));
  await press(page, `${OPENED} .try-out__btn`);
  await fill(page, `${OPENED} [data-param-name="vin"] input`, "ZAR93200001234567");
  told.status = await execute(page);
  told.storedForLong = await page.evaluate(() => localStorage.length);

  // As an operator does who revokes all tokens of an officer.
  await page.evaluate(async () => {
    const { token } = JSON.parse(sessionStorage.getItem("i247-token"));
    await fetch("/oauth/revoke", { method: "POST", body: new URLSearchParams({ token }) });
  });
  told.statusOfRevoked = await execute(page);
  told.noticeOfRevoked = await textOf(page, "#notice");
  told.keptAfterRevocation = await page.evaluate(() => sessionStorage.length);

  await press(page, ".btn.authorize.unlocked");
  await press(page, "#login details summary");
  await fill(page, "#login details[open] input[name=token]", pasted);
  await press(page, "#login details[open] button");
  told.pasted = await textOf(page, ".btn.authorize.locked");
  await page.evaluate(() => {
    const kept = JSON.parse(sessionStorage.getItem("i247-token"));
    sessionStorage.setItem("i247-token", JSON.stringify({ ...kept, until: Date.now() - 1 }));
  });
  await page.reload({ waitUntil: "domcontentloaded" });
  told.noticeOfExpired = await textOf(page, "#notice");
  told.keptAfterExpiry = await page.evaluate(() => sessionStorage.length);
  return told;
});

async function logIn(page, word) {
  await fill(page, "#login input[name=username]", username);
  await fill(page, "#login input[name=password]", word);
  await press(page, "#login section:not([hidden]) .primary");
}

async function execute(page) {
  const answered = page.waitForResponse((answer) => answer.url().includes("/stolen-vehicles/search"));
  await press(page, `${OPENED} .execute`);
  const status = (await answered).status();
  await page.waitForFunction((selector, text) => document.querySelector(selector)?.textContent.includes(text), {},
    `${OPENED} .live-responses-table tbody .response-col_status`, String(status));
  return status;
}
