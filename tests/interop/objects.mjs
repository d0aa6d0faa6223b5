/**
 * Objects in the buckets of JetStream by the few requests that a bureau may make: it writes into its own bucket, and
 * reads from all, chunk by chunk.
 */
import { createHash, randomBytes } from 'node:crypto';

import { Refused, require } from './envelope.mjs';

const CHUNK = 128 * 1024;
const OPTIONS = { timeout: 10_000 };

const digestOf = (bytes) => `SHA-256=${base64(createHash('sha256').update(bytes).digest())}`;
// Base64url with padding, as object stores have it.
const base64 = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const chunkOf = (owner, nuid, place) => `$O.${owner}.C.${nuid}.${place}`;
const descriptionOf = (owner, name) => `$O.${owner}.M.${base64(name)}`;

/** Store an object in one's own bucket. */
export async function putObject(broker, owner, name, bytes) {
  const nuid = randomBytes(16).toString('base64url');
  for (let place = 0; place * CHUNK < bytes.length; place += 1) {
    await store(broker, chunkOf(owner, nuid, place), bytes.subarray(place * CHUNK, (place + 1) * CHUNK));
  }
  const description = { name, bucket: owner, nuid, size: bytes.length, digest: digestOf(bytes) };
  await store(broker, descriptionOf(owner, name), JSON.stringify(description));
}

/** Return an object of a bureau. */
export async function getObject(broker, owner, name, maxBytes) {
  const description = (await read(broker, owner, descriptionOf(owner, name))).json();
  require(description.size <= maxBytes, 'content', `${name} is larger than the message says`);
  const chunks = [];
  for (let place = 0; place * CHUNK < description.size; place += 1) {
    chunks.push((await read(broker, owner, chunkOf(owner, description.nuid, place))).data);
  }
  const bytes = Buffer.concat(chunks);
  require(digestOf(bytes) === description.digest, 'content', `${name} is not what it is described as`);
  return bytes;
}

async function store(broker, subject, body) {
  const { error } = (await broker.request(subject, body, OPTIONS)).json();
  if (error) throw new Refused('not-stored', error.description);
}

async function read(broker, owner, subject) {
  const answer = await broker.request(`$JS.API.DIRECT.GET.OBJ_${owner}.${subject}`, '', OPTIONS);
  require(!answer.headers?.code, 'no-object', answer.headers?.description);
  return answer;
}
