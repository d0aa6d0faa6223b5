/**
 * Object buckets, with only the requests that a bureau may make: it writes into its own bucket, and reads parts of any.
 */
import { createHash, randomBytes } from 'node:crypto';

import { Refused, require } from './envelope.mjs';

const CHUNK = 128 * 1024;
const OPTIONS = { timeout: 10_000 };

const digestOf = (bytes) => `SHA-256=${base64(createHash('sha256').update(bytes).digest())}`;
// Base64url with padding, as JetStream object stores use it.
const base64 = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

/** Store an object in the bureau's own bucket. */
export async function putObject(broker, owner, name, bytes) {
  const nuid = randomBytes(16).toString('base64url');
  for (let place = 0; place * CHUNK < bytes.length; place += 1) {
    await store(broker, owner, nuid, place, bytes.subarray(place * CHUNK, (place + 1) * CHUNK));
  }
  const description = { name, bucket: owner, nuid, size: bytes.length, digest: digestOf(bytes) };
  await store(broker, owner, base64(name), 'description', JSON.stringify(description));
}

/** Return an object from the bucket of a bureau. */
export async function getObject(broker, reader, owner, name, maxBytes) {
  const part = async (...which) => {
    const answer = await broker.request(`i247.get.${[owner, ...which, reader].join('.')}`, '', OPTIONS);
    require(answer.data.length > 0, 'no-object', `${owner} has no ${which.join('.')}`);
    return answer;
  };
  const description = (await part(base64(name), 'description')).json();
  require(description.size <= maxBytes, 'content', `${name} is larger than the message says`);
  const chunks = [];
  for (let place = 0; place * CHUNK < description.size; place += 1) {
    chunks.push((await part(description.nuid, place)).data);
  }
  const bytes = Buffer.concat(chunks);
  require(digestOf(bytes) === description.digest, 'content', `${name} is not what it is described as`);
  return bytes;
}

async function store(broker, owner, name, part, body) {
  const { error } = (await broker.request(`i247.put.${name}.${part}.${owner}`, body, OPTIONS)).json();
  if (error) throw new Refused('not-stored', error.description);
}
