// The dialog of a gateway that accepts the tokens of an outside provider alone; its document is given as a file.
import { readFileSync } from "node:fs";
import { fill, press, tell, textOf } from "./browser.mjs";

const [origin, document, token] = process.argv.slice(2);

await tell(origin, async (page) => {
  await page.setRequestInterception(true);
  page.on("request", (request) =>
    request.url().endsWith("/openapi.json")
      ? request.respond({ contentType: "application/json", body: readFileSync(document) })
      : request.continue(),
  );
  await page.goto(`${origin}/docs`, { waitUntil: "domcontentloaded" });
  await press(page, ".btn.authorize");
  const asked = await page.$$eval("#login input", (inputs) => inputs.filter((each) => each.checkVisibility()).map((each) => each.name));
  await fill(page, "#login section:not([hidden]) input", token);
  await press(page, "#login section:not([hidden]) .primary");
  return { asked, loggedIn: await textOf(page, ".btn.authorize.locked") };
});
