/**
 * Verifies envelopes, seals and entries that are given in a file, for tests of the protocol without a broker.
 *
 *     node check.mjs ACT CASES.json
 *
 * It prints a list with the outcome of the act for each case, or the reason for its refusal.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { Directory } from './directory.mjs';
import { base64url, decoded, digest, Refused, verify } from './envelope.mjs';
import { openAttachment, openMessage, sealAttachment, sealMessage, wrap } from './sealing.mjs';

function reasonOf(error) {
  if (error instanceof Refused) return error.reason;
  throw error;
}

async function directoryOf({ root, entries }) {
  const directory = new Directory(root);
  for (const entry of entries) await directory.learn(entry);
  return directory;
}

const ACTS = {
  /** Return the head of an envelope. */
  verify: async ({ kind, sender, recipient, at, body, signature }, directory) => {
    const head = await verify(signature, decoded(body), { sender, recipient, at, directory });
    if (head.typ !== kind) throw new Refused('kind', `${head.typ} where ${kind} is expected`);
    return head;
  },

  /** Return the content of a message. */
  open: async (message, directory) => {
    const head = await ACTS.verify(message, directory);
    const { key, recipient, kid, seed } = message;
    return (await openMessage(head, decoded(message.body), key, recipient, { [kid]: decoded(seed) })).content;
  },

  /** Return a message with this head and content, sealed for a recipient. */
  seal: async ({ head, content, recipient, jwk, kid }, directory) => {
    const signer = { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), kid };
    const { signature, body, contentKey } = await sealMessage(head, content, signer);
    const key = await wrap(contentKey, head.id, recipient, directory.sealingKey(recipient, head.iat));
    return { signature, body: base64url(body), key };
  },

  /** Return the digest of an attachment after sealing. */
  attach: async ({ content_key, number, plaintext }) =>
    digest(sealAttachment(decoded(content_key), number, decoded(plaintext))),

  /** Return the digest of a sealed attachment after opening. */
  detach: async ({ content_key, number, sealed, ...metadata }) =>
    digest(openAttachment(decoded(content_key), number, decoded(sealed), metadata)),

  /** Return the number of entries of a log after these successive parts. */
  follow: async ({ root, parts, heard }) => {
    const directory = new Directory(root);
    for (const part of parts) await directory.take(part);
    directory.hear(heard);
    return parts.at(-1).entries.length;
  },

  /** Return the state of a participant after these entries: its sealing key, and the validity of its signing keys. */
  learn: async ({ root, entries, participant, at, signing }) => {
    const directory = await directoryOf({ root, entries });
    const refusalOf = (kid) => directory.signingKey(participant, kid, at, at).then(() => null, reasonOf);
    const results = await Promise.all(Object.keys(signing).map(async (kid) => [kid, await refusalOf(kid)]));
    const standing = directory.standing(participant, at);
    const sealing = await Promise.resolve().then(() => digest(directory.sealingKey(participant, at))).catch(reasonOf);
    return { standing, sealing, signing: Object.fromEntries(results) };
  },
};

const [act, file] = process.argv.slice(2);
const { directory, cases } = JSON.parse(readFileSync(file, 'utf8'));
const known = await directoryOf(directory);
console.log(JSON.stringify(await Promise.all(cases.map((one) => ACTS[act](one, known).catch(reasonOf)))));
