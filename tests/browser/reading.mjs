// The pages that are read: /reference with its contents and a chapter, and the tutorial.
import { fill, tell, textOf } from "./browser.mjs";

const [origin, tag, operation, text] = process.argv.slice(2);

await tell(origin, async (page) => {
  const told = {};
  await page.goto(`${origin}/reference`, { waitUntil: "domcontentloaded" });
  await page.waitForSelector(".contents li");
  told.operations = await page.$$eval(".contents li", (rows) => rows.length);
  await fill(page, ".contents input", text);
  told.found = await page.$$eval(".contents li", (rows) => rows.filter((row) => row.checkVisibility()).map((row) => row.querySelector("code").textContent));

  await page.goto(`${origin}/reference?tag=${tag}#operation/${operation}`, { waitUntil: "domcontentloaded" });
  told.chapter = await textOf(page, "h1");
  told.operation = await textOf(page, `[id="operation/${operation}"] h2`);

  await page.goto(`${origin}/tutorial`, { waitUntil: "domcontentloaded" });
  told.tutorial = await textOf(page, "h1");
  return told;
});
