// How high operations are on a screen of 1280 x 800.
import { tell } from "./browser.mjs";

const [origin, ...operations] = process.argv.slice(2);

await tell(origin, async (page) => {
  const heights = {};
  for (const operation of operations) {
    await page.goto("about:blank");
    await page.goto(`${origin}/docs#/${operation}`, { waitUntil: "domcontentloaded" });
    await page.waitForSelector(".opblock.is-open .responses-table .response");
    heights[operation] = await page.$eval(".opblock.is-open", (it) => it.getBoundingClientRect().height);
  }
  return { heights };
});
