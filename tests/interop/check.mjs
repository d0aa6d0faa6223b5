/**
 * Says what comes of envelopes and seals that are given in a file, for tests of the protocol without a broker.
 *
 *     node check.mjs verify CASES.json    the reason for which each is refused, or null
 *     node check.mjs open CASES.json      the content of each message, or the reason for which it is refused
 *     node check.mjs seal CASES.json      each content under its head, sealed for its recipient
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Directory } from './directory.mjs';
import { base64url, decoded, Refused, verify } from './envelope.mjs';
import { openMessage, sealMessage, wrap } from './sealing.mjs';

async function learned({ root, entries }) {
  const directory = new Directory(root);
  for (const entry of entries) await directory.learn(entry);
  return directory;
}

async function verifyOne({ kind, sender, recipient, at, body, signature }, directory) {
  const head = await verify(signature, decoded(body), { sender, recipient, at, directory });
  if (head.typ !== kind) throw new Refused('kind', `${head.typ} where ${kind} is expected`);
  return head;
}

const ACTS = {
  verify: async (envelope, directory) => (await verifyOne(envelope, directory)) && null,
  open: async (message, directory) => {
    const head = await verifyOne(message, directory);
    const { key, recipient, seed } = message;
    return (await openMessage(head, decoded(message.body), key, recipient, decoded(seed))).content;
  },
  seal: async ({ head, content, recipient, jwk, kid }, directory) => {
    const signer = { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), kid };
    const { signature, body, contentKey } = await sealMessage(head, content, signer);
    const key = await wrap(contentKey, head.id, recipient, directory.sealingKey(recipient));
    return { signature, body: base64url(body), key };
  },
};

const [act, file] = process.argv.slice(2);
const { directory, cases } = JSON.parse(readFileSync(file, 'utf8'));
const known = await learned(directory);
const results = cases.map((one) =>
  ACTS[act](one, known).catch((error) => {
    if (error instanceof Refused) return error.reason;
    throw error;
  }),
);
console.log(JSON.stringify(await Promise.all(results)));
