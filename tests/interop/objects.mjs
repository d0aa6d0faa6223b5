/**
 * Objects in the buckets of JetStream (NATS ADR-20) by the few requests that a bureau may make: it writes into its own
 * bucket, and reads from all.
 */
import { createHash, randomBytes } from 'node:crypto';

import { headers } from '@nats-io/transport-node';

import { Refused, require } from './envelope.mjs';

const CHUNK = 128 * 1024;
const OPTIONS = { timeout: 10_000 };

const digestOf = (bytes) => `SHA-256=${base64(createHash('sha256').update(bytes).digest())}`;
// Base64url with padding, as object stores have it.
const base64 = (bytes) => Buffer.from(bytes).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
const chunksOf = (owner, nuid) => `$O.${owner}.C.${nuid}`;
const descriptionOf = (owner, name) => `$O.${owner}.M.${base64(name)}`;

/** Store an object in one's own bucket. */
export async function putObject(broker, owner, name, bytes) {
  const nuid = randomBytes(16).toString('base64url');
  let chunks = 0;
  for (let place = 0; place < bytes.length; place += CHUNK, chunks += 1) {
    await store(broker, chunksOf(owner, nuid), bytes.subarray(place, place + CHUNK));
  }
  const description = { name, bucket: owner, nuid, size: bytes.length, chunks, digest: digestOf(bytes) };
  const replacing = headers();
  replacing.set('Nats-Rollup', 'sub');
  await store(broker, descriptionOf(owner, name), JSON.stringify(description), replacing);
}

/** Return an object of a bureau. */
export async function getObject(broker, owner, name, maxBytes) {
  const description = (await read(broker, owner, { last_by_subj: descriptionOf(owner, name) })).json();
  require(description.size <= maxBytes, 'content', `${name} is larger than the message says`);
  const chunks = [];
  for (let sequence = 1; chunks.length < description.chunks; ) {
    const chunk = await read(broker, owner, { seq: sequence, next_by_subj: chunksOf(owner, description.nuid) });
    sequence = Number(chunk.headers.get('Nats-Sequence')) + 1;
    chunks.push(chunk.data);
  }
  const bytes = Buffer.concat(chunks);
  require(digestOf(bytes) === description.digest, 'content', `${name} is not what it is described as`);
  return bytes;
}

async function store(broker, subject, body, carried) {
  const { error } = (await broker.request(subject, body, { ...OPTIONS, headers: carried })).json();
  if (error) throw new Refused('not-stored', error.description);
}

async function read(broker, owner, wanted) {
  const answer = await broker.request(`$JS.API.DIRECT.GET.OBJ_${owner}`, JSON.stringify(wanted), OPTIONS);
  require(!answer.headers?.code, 'no-object', answer.headers?.description);
  return answer;
}
