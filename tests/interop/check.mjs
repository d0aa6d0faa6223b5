/**
 * Says what comes of envelopes, seals and entries that are given in a file, for tests of the protocol without a broker.
 *
 *     node check.mjs ACT CASES.json
 *
 * It prints a list with the outcome of the act for each case, or the reason for which the case is refused.
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

  /** Return a content under a head, sealed for a recipient. */
  seal: async ({ head, content, recipient, jwk, kid }, directory) => {
    const signer = { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), kid };
    const { signature, body, contentKey } = await sealMessage(head, content, signer);
    const key = await wrap(contentKey, head.id, recipient, directory.sealingKey(recipient, head.iat));
    return { signature, body: base64url(body), key };
  },

  /** Return the digest of an attachment once it is sealed. */
  attach: async ({ content_key, number, plaintext }) =>
    digest(sealAttachment(decoded(content_key), number, decoded(plaintext))),

  /** Return the digest of a sealed attachment once it is opened. */
  detach: async ({ content_key, number, sealed, ...note }) =>
    digest(openAttachment(decoded(content_key), number, decoded(sealed), note)),

  /** Return how many entries a log has whose parts came one after the other. */
  follow: async ({ root, parts, heard }) => {
    const directory = new Directory(root);
    for (const part of parts) await directory.take(part);
    directory.hear(heard);
    return parts.at(-1).entries.length;
  },

  /** Return what entries of the directory say of a participant: to which key to seal, and who may sign. */
  learn: async ({ root, entries, participant, at, signing }) => {
    const directory = await directoryOf({ root, entries });
    const judge = (kid) => directory.signingKey(participant, kid, at, at).then(() => null, reasonOf);
    const fates = await Promise.all(Object.keys(signing).map(async (kid) => [kid, await judge(kid)]));
    const standing = directory.standing(participant);
    const sealing = await Promise.resolve().then(() => digest(directory.sealingKey(participant, at))).catch(reasonOf);
    return { standing, sealing, signing: Object.fromEntries(fates) };
  },
};

const [act, file] = process.argv.slice(2);
const { directory, cases } = JSON.parse(readFileSync(file, 'utf8'));
const known = await directoryOf(directory);
console.log(JSON.stringify(await Promise.all(cases.map((one) => ACTS[act](one, known).catch(reasonOf)))));
