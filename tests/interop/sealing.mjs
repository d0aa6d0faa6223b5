/**
 * Sealing in another language: encryption of a message for its recipients.
 *
 * The content key is wrapped with HPKE (RFC 9180) in the hybrid suite of ML-KEM-768 and X25519, known as X-Wing.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';

import {
  attempt, base64url, decoded, digest, isDigest, isId, isLeftOutOr, isMadeOf, isUpTo, parsed, Refused, require, sign,
} from './envelope.mjs';

const [SALT, NONCE, TAG, CONTENT_KEY, ENCAPSULATED] = [16, 12, 16, 32, 1120];
const CHUNK = 256 * 1024;
const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

const isAttachment = isMadeOf({
  name: isUpTo(255), media_type: isUpTo(255), size: (value) => Number.isInteger(value) && value >= 0, digest: isDigest,
});
const isName = (value) => /^[a-z][a-z-]{0,39}$/.test(value);
const isCondition = (value) => ['H0', 'H1', 'H2', 'H3'].includes(value);
const isQuote = isMadeOf({
  service: isName, kind: isName, record: isId, version: (value) => Number.isInteger(value) && value >= 1, owner: isUpTo(64),
  handling: (value) => ['OFFICIAL_USE', 'RESTRICTED', 'CONFIDENTIAL'].includes(value),
  conditions: isLeftOutOr((value) => Array.isArray(value) && value.length <= 4 && value.every(isCondition)),
  other_condition: isLeftOutOr(isUpTo(500)),
});
const isContent = isMadeOf({
  officer: isUpTo(255), subject: isUpTo(200), body: isUpTo(262_144), thread: isId, in_reply_to: isLeftOutOr(isId),
  attachments: isLeftOutOr((value) => Array.isArray(value) && value.length <= 20 && value.every(isAttachment)),
  form: isLeftOutOr(isUpTo(64)),
  quotes: isLeftOutOr((value) => Array.isArray(value) && value.length <= 100 && value.every(isQuote)),
});

const utf8 = (text) => new TextEncoder().encode(text);

/** Generate the content key of one message and its attachments. */
export const newContentKey = () => randomBytes(CONTENT_KEY);

/** Return signature and body of a message, and the content key to wrap for each recipient. */
export async function sealMessage(head, content, signer, contentKey = newContentKey()) {
  const [salt, raw] = [randomBytes(SALT), utf8(JSON.stringify(content))];
  const body = sealBody(contentKey, Buffer.concat([salt, raw]), head.id);
  const whole = { typ: 'i247-message', ...head, content_digest: digest(salt, raw) };
  return { signature: await sign(whole, body, signer), body, contentKey };
}

/** Return the header I247-Key: the id of the recipient's sealing key, and the content key wrapped for it. */
export async function wrap(contentKey, id, recipient, sealingKey) {
  const info = utf8(`${id}|${recipient}`);
  const publicKey = await suite.DeserializePublicKey(sealingKey);
  const { encapsulatedSecret, ciphertext } = await suite.Seal(publicKey, contentKey, { info });
  return `${digest(sealingKey)}.${base64url(Buffer.concat([encapsulatedSecret, ciphertext]))}`;
}

/** Return content and content key of a verified message. `seeds` are the recipient's private sealing keys by kid. */
export async function openMessage(head, body, keyHeader, recipient, seeds) {
  const [kid, wrapped] = keyHeader.split('.');
  require(Object.hasOwn(seeds, kid), 'sealing-key-unknown', 'it is sealed to a key that is not here');
  const info = utf8(`${head.id}|${recipient}`);
  const secret = await attempt('seal', () => unwrap(decoded(wrapped), info, seeds[kid]));
  const [contentKey, blind] = [secret.slice(0, CONTENT_KEY), secret.slice(CONTENT_KEY)];
  // If a salt could have any length, the digest of IPSG would match SG too.
  require([0, SALT].includes(blind.length), 'recipient', 'the salt of the recipient has another length');
  const name = blind.length ? `~${digest(blind, recipient)}` : recipient;
  require(head.to.includes(name), 'recipient', `${recipient} is not among the recipients`);
  const salted = await attempt('seal', () => openBody(contentKey, body, head.id));
  const [salt, raw] = [salted.subarray(0, SALT), salted.subarray(SALT)];
  require(digest(salt, raw) === head.content_digest, 'content', 'the content is not the one whose digest was signed');
  const content = await attempt('content', () => parsed(raw));
  require(isContent(content), 'content', 'the content is not in the form that a message has');
  return { content, contentKey };
}

async function unwrap(wrapped, info, seed) {
  const privateKey = await suite.DeserializePrivateKey(seed);
  return suite.Open(privateKey, wrapped.slice(0, ENCAPSULATED), wrapped.slice(ENCAPSULATED), { info });
}

function sealBody(contentKey, plaintext, context) {
  const nonce = randomBytes(NONCE);
  return Buffer.concat([nonce, encrypt(derived(contentKey, 'i247 body'), nonce, plaintext, context)]);
}

function openBody(contentKey, body, context) {
  return decrypt(derived(contentKey, 'i247 body'), body.slice(0, NONCE), body.slice(NONCE), context);
}

/** Return an attachment sealed chunk by chunk. Its number is its place in the message, from 1. */
export function sealAttachment(contentKey, number, plaintext) {
  const key = derived(contentKey, `i247 attachment ${number}`);
  const chunks = chunked(plaintext, CHUNK);
  return Buffer.concat(chunks.map((chunk, place) => encrypt(key, chunkNonce(place, chunks.length), chunk)));
}

/** Return the plaintext of a sealed attachment if it matches its metadata in the message. */
export function openAttachment(contentKey, number, sealed, metadata) {
  const key = derived(contentKey, `i247 attachment ${number}`);
  const chunks = chunked(sealed, CHUNK + TAG);
  const opened = chunks.map((chunk, place) => decrypt(key, chunkNonce(place, chunks.length), chunk));
  const plaintext = Buffer.concat(opened);
  require(digest(plaintext) === metadata.digest, 'content', `attachment ${number} is not the one whose digest was signed`);
  return plaintext;
}

/** Return the size of an attachment after sealing; an empty one has one chunk. */
export const sealedSize = (size) => size + TAG * Math.max(1, Math.ceil(size / CHUNK));

function chunked(bytes, size) {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, place) => bytes.subarray(place * size, (place + 1) * size));
}

/** Return the nonce of a chunk, from its number and whether it is the last, so that truncation is detected. */
function chunkNonce(place, count) {
  const nonce = Buffer.alloc(NONCE);
  nonce.writeUInt32BE(place, NONCE - 5);
  nonce[NONCE - 1] = place === count - 1 ? 1 : 0;
  return nonce;
}

const derived = (contentKey, purpose) => Buffer.from(hkdfSync('sha256', contentKey, '', purpose, 32));

function encrypt(key, nonce, plaintext, context = '') {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key, nonce, sealed, context = '') {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(context).setAuthTag(sealed.slice(-TAG));
    return Buffer.concat([decipher.update(sealed.slice(0, -TAG)), decipher.final()]);
  } catch (error) {
    throw new Refused('seal', error.message);
  }
}
