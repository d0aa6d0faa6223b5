/**
 * Downloads a list of the public notices API with Ketting, a client of HAL that knows nothing of this API: it follows
 * the links of each page, and from the last notice those to its pictures.
 *
 *     node hal-client.mjs URL
 */
import { Ketting } from 'ketting';

const client = new Ketting(process.argv[2]);
const ids = [];
let page = await client.go(process.argv[2]);
let state;
for (;;) {
  state = await page.get();
  ids.push(...state.getEmbedded().map((each) => each.data.entity_id));
  if (!state.links.has('next')) break;
  page = state.follow('next');
}
// Not the part of it that the list embeds.
const notice = await (await state.getEmbedded().at(-1).follow('self')).refresh();
const images = await notice.follow('images').get();
const thumbnail = await images.follow('thumbnail');
const picture = await (await thumbnail.fetch()).arrayBuffer();
console.log(JSON.stringify({
  ids,
  total: state.data.total,
  charges: notice.data.arrest_warrants.map((each) => each.charge),
  pictures: images.getEmbedded().map((each) => each.data.picture_id),
  bytes: picture.byteLength,
}));
