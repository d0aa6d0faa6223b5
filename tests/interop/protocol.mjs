/**
 * What bureaus say to each other, in another language: the envelope, the seal and the directory, over bytes alone.
 *
 * Signatures are JWS (jose), the content key is wrapped with HPKE (hpke), and the rest comes with Node.js. This file
 * knows no broker: see bureau.mjs.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { calculateJwkThumbprint, compactVerify, flattenedVerify, FlattenedSign, importJWK } from 'jose';

const ALGORITHM = 'Ed25519';
const SKEW_SECONDS = 30;
const MAX_LIFETIME_SECONDS = 366 * 86_400;
const MAX_RECIPIENTS = 256;
const [SALT, NONCE, TAG, CONTENT_KEY, ENCAPSULATED] = [16, 12, 16, 32, 1120];
const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);

const utf8 = (text) => new TextEncoder().encode(text);
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
const decoded = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
const digest = (...parts) => base64url(parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest());
const jwk = (raw) => ({ kty: 'OKP', crv: ALGORITHM, x: raw });

export const now = () => Date.now() / 1000;

/** An envelope, an entry or a content that is not to be trusted, with the code of the reason. */
export class Refused extends Error {
  constructor(reason, detail) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

function require(condition, reason, detail) {
  if (!condition) throw new Refused(reason, detail);
}

async function attempt(reason, act) {
  try {
    return await act();
  } catch (error) {
    throw new Refused(reason, error.message);
  }
}

const isText = (value) => typeof value === 'string';
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const isOneOf = (...choices) => (value) => choices.includes(value);

const COMMON = {
  typ: isText, alg: isText, kid: isText, id: isText, from: isText, crit: isTexts,
  b64: (value) => typeof value === 'boolean', iat: Number.isFinite, exp: Number.isFinite,
};

/** The members of each kind of head, and what may stand in them. */
const HEADS = {
  'i247-message': {
    ...COMMON,
    to: (value) => isTexts(value) && value.length > 0 && value.length <= MAX_RECIPIENTS,
    urgency: isOneOf('urgent', 'routine'), purpose: isText, content_digest: isText,
  },
  'i247-receipt': {
    ...COMMON,
    to: isText, re: isText, re_digest: isText, state: isOneOf('delivered', 'read', 'refused', 'noted'),
    reason: (value) => value === undefined || value === null || isText(value),
  },
};

/** Return a UUID of version 7 (RFC 9562): ids sort by the time at which they were made. */
export function uuid7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Return the digest by which a receipt names the envelope that it is about. */
export const digestOf = (signature) => digest(signature);

/** Whose key is whose: entries that the Secretariat's root key signed. */
export class Directory {
  #entries = new Map();

  constructor(root) {
    this.root = importJWK(jwk(root), ALGORITHM);
  }

  /** Take in an entry, if it is newer than what is known of its key. */
  async learn(jws) {
    const { payload, protectedHeader } = await compactVerify(jws, await this.root, { algorithms: [ALGORITHM] });
    require(protectedHeader.typ === 'i247-directory-entry', 'kind', 'not an entry of the directory');
    const entry = JSON.parse(new TextDecoder().decode(payload));
    const kid = await calculateJwkThumbprint(jwk(entry.signing_key));
    const known = this.#entries.get(kid);
    // A revocation is final, in whatever order entries arrive.
    const isNewer = known && known.revoked_at === entry.revoked_at && known.issued < entry.issued;
    if (!known || isNewer || (entry.revoked_at ?? Infinity) < (known.revoked_at ?? Infinity)) this.#entries.set(kid, entry);
  }

  /** Return the key of a participant that was valid when it signed and is not revoked now. */
  async signingKey(participant, kid, signedAt, at) {
    const entry = this.#entries.get(kid);
    require(entry?.participant === participant, 'key-unknown', `no such key of ${participant}`);
    const isValid = entry.not_before <= signedAt && signedAt <= entry.not_after && !(entry.revoked_at <= at);
    require(isValid, 'key-not-valid', `the key of ${participant} was not valid or is revoked`);
    return importJWK(jwk(entry.signing_key), ALGORITHM);
  }

  /** Return the newest valid sealing key of a bureau. */
  sealingKey(bureau, at = now()) {
    const usable = [...this.#entries.values()].filter(
      (entry) =>
        entry.participant === bureau && entry.sealing_key && (entry.standing ?? 'member') === 'member' &&
        entry.not_before <= at && at <= entry.not_after && !(entry.revoked_at <= at),
    );
    require(usable.length > 0, 'sealing-key-unknown', `${bureau} has no sealing key`);
    return decoded(usable.sort((one, other) => other.issued - one.issued)[0].sealing_key);
  }
}

/** Return the header I247-Signature: a detached JWS (RFC 7515, RFC 7797) over a head and the exact body. */
export async function sign(head, body, { privateKey, kid }) {
  const whole = { alg: ALGORITHM, b64: false, crit: ['b64'], kid, ...head };
  const jws = await new FlattenedSign(body).setProtectedHeader(whole).sign(privateKey);
  return `${jws.protected}..${jws.signature}`;
}

/**
 * Return the head of an envelope. `sender` is the last token of the subject, which the broker vouches for.
 *
 * Does NOT know what was seen before, nor whether an undisclosed recipient is this one: opening the message tells.
 */
export async function verify(signature, body, { sender, recipient, directory, at = now() }) {
  const [protectedHeader, signatureText] = signature.split('..');
  const claimed = await attempt('malformed', () => JSON.parse(Buffer.from(protectedHeader, 'base64url')));
  checkForm(claimed);
  require(claimed.alg === ALGORITHM && !claimed.b64 && `${claimed.crit}` === 'b64', 'algorithm', claimed.alg);
  require(claimed.from === sender, 'sender', `signed by ${claimed.from} but sent by ${sender}`);
  const key = await directory.signingKey(sender, claimed.kid, Math.min(claimed.iat, at), at);
  const jws = { protected: protectedHeader, payload: body, signature: signatureText };
  const { protectedHeader: head } = await attempt('signature', () =>
    flattenedVerify(jws, key, { algorithms: [ALGORITHM] }),
  );
  const named = [head.to].flat();
  const isFor = named.includes(recipient) || (Array.isArray(head.to) && named.some((name) => name.startsWith('~')));
  require(isFor, 'recipient', `addressed to ${head.to}`);
  const lifetime = head.exp - head.iat;
  require(lifetime > 0 && lifetime <= MAX_LIFETIME_SECONDS, 'lifetime', 'valid for too long, or for no time');
  require(head.iat <= at + SKEW_SECONDS, 'not-yet-valid', 'issued in the future');
  require(head.exp >= at - SKEW_SECONDS, 'expired', 'expired');
  return head;
}

function checkForm(head) {
  const members = HEADS[head.typ];
  require(members, 'kind', `${head.typ} is for others`);
  const isWellFormed = Object.entries(members).every(([name, isRight]) => isRight(head[name]));
  require(isWellFormed && Object.keys(head).every((name) => name in members), 'malformed', 'the head does not fit');
}

/** Return signature and body of a message, and the content key to wrap for each recipient. */
export async function sealMessage(head, content, signer) {
  const [salt, contentKey, raw] = [randomBytes(SALT), randomBytes(CONTENT_KEY), utf8(JSON.stringify(content))];
  const body = encrypt(contentKey, Buffer.concat([salt, raw]), head.id);
  const whole = { typ: 'i247-message', ...head, content_digest: digest(salt, raw) };
  return { signature: await sign(whole, body, signer), body, contentKey };
}

/** Return the header I247-Key: which sealing key of the recipient opens it, and the content key wrapped for it. */
export async function wrap(contentKey, id, recipient, sealingKey) {
  const info = utf8(`${id}|${recipient}`);
  const publicKey = await suite.DeserializePublicKey(sealingKey);
  const { encapsulatedSecret, ciphertext } = await suite.Seal(publicKey, contentKey, { info });
  return `${digest(sealingKey)}.${base64url(Buffer.concat([encapsulatedSecret, ciphertext]))}`;
}

/** Return the content of a verified message. `seed` is the private sealing key of the recipient: 32 bytes. */
export async function openMessage(head, body, keyHeader, recipient, seed) {
  const info = utf8(`${head.id}|${recipient}`);
  const secret = await attempt('seal', async () => unwrap(decoded(keyHeader.split('.')[1]), info, seed));
  const [contentKey, blind] = [secret.slice(0, CONTENT_KEY), secret.slice(CONTENT_KEY)];
  const name = blind.length ? `~${digest(blind, recipient)}` : recipient;
  require(head.to.includes(name), 'recipient', `${recipient} is not among the recipients`);
  const salted = await attempt('seal', () => decrypt(contentKey, body, head.id));
  const [salt, raw] = [salted.subarray(0, SALT), salted.subarray(SALT)];
  require(digest(salt, raw) === head.content_digest, 'content', 'the content is not the one whose digest was signed');
  return attempt('content', () => JSON.parse(raw));
}

async function unwrap(wrapped, info, seed) {
  const privateKey = await suite.DeserializePrivateKey(seed);
  return suite.Open(privateKey, wrapped.slice(0, ENCAPSULATED), wrapped.slice(ENCAPSULATED), { info });
}

const bodyKey = (contentKey) => Buffer.from(hkdfSync('sha256', contentKey, '', 'i247 body', 32));

function encrypt(contentKey, plaintext, context) {
  const nonce = randomBytes(NONCE);
  const cipher = createCipheriv('aes-256-gcm', bodyKey(contentKey), nonce).setAAD(utf8(context));
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(contentKey, body, context) {
  const sealed = Buffer.from(body);
  const decipher = createDecipheriv('aes-256-gcm', bodyKey(contentKey), sealed.subarray(0, NONCE));
  decipher.setAAD(utf8(context)).setAuthTag(sealed.subarray(-TAG));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()]);
}
