/** The log of the directory in another language: its tree (RFC 6962), and the head that the root key signs. */
import { createHash, createPublicKey, verify } from 'node:crypto';

import { require } from './envelope.mjs';

const ORIGIN = 'i247/directory';
const hash = (...parts) => parts.reduce((sum, part) => sum.update(part), createHash('sha256')).digest();

/** Return the hash of the tree of some entries. */
function treeHash(entries) {
  if (entries.length === 0) return hash();
  if (entries.length === 1) return hash(Uint8Array.of(0), entries[0]);
  const left = 2 ** Math.floor(Math.log2(entries.length - 1));
  return hash(Uint8Array.of(1), treeHash(entries.slice(0, left)), treeHash(entries.slice(left)));
}

/** Return size and root hash of a head after verifying the signature of the root key. */
function readHead(head, root) {
  const [text, lines] = head.split('\n\n');
  const [origin, size, hashed] = text.split('\n');
  const line = (lines ?? '').split('\n').find((each) => each.startsWith(`— ${ORIGIN} `));
  require(origin === ORIGIN && line, 'head', 'no head of the directory');
  const signature = Buffer.from(line.split(' ')[2], 'base64').subarray(4);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: root }, format: 'jwk' });
  require(verify(null, `${text}\n`, key, signature), 'head', 'not signed by the root key');
  return { size: Number(size), hashed };
}

/** Return a head as it is stated to others: with the signature line of the root key only. */
export function statedHead(head) {
  const [text, lines] = head.split('\n\n');
  return `${text}\n\n${lines.split('\n').find((each) => each.startsWith(`— ${ORIGIN} `))}\n`;
}

/** Compare a head of another participant with the known log. Throws Refused if entries are missing or it is forked. */
export function compareHead(head, known, root) {
  const { size, hashed } = readHead(head, root);
  require(size <= known.length, 'log', 'another participant has entries that are not shown here');
  require(treeHash(known.slice(0, size)).toString('base64') === hashed, 'log', 'the root key signed two directories');
}

/** Return the entries of a whole log that extends the known ones. Throws Refused. */
export function wholeLog({ head, from, entries }, known, root) {
  const { size, hashed } = readHead(head, root);
  require(from === 0 && entries.length === size, 'log', 'entries are missing');
  require(treeHash(entries).toString('base64') === hashed, 'log', 'not the entries of this head');
  require(known.every((entry, number) => entries[number] === entry), 'log', 'it contradicts what was seen before');
  return entries;
}
