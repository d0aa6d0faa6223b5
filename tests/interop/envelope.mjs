/**
 * The envelope in another language: a head and the exact body under a detached JWS.
 *
 * It supports messages and receipts, the only envelopes between bureaus.
 */
import { createHash, randomBytes } from 'node:crypto';

import { flattenedVerify, FlattenedSign } from 'jose';

export const ALGORITHM = 'Ed25519';
const SKEW_SECONDS = 30;
const MAX_LIFETIME_SECONDS = 366 * 86_400;
const MAX_RECIPIENTS = 256;

export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');
export const decoded = (text) => new Uint8Array(Buffer.from(text, 'base64url'));
/** Return the SHA-256 of the concatenated parts. */
export const digest = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('base64url');
export const now = () => Date.now() / 1000;

/** An invalid envelope, entry or content: `reason` is a code. */
export class Refused extends Error {
  constructor(reason, detail) {
    super(`${reason}: ${detail}`);
    this.reason = reason;
  }
}

/** Check a condition. Throws Refused. */
export function require(condition, reason, detail) {
  if (!condition) throw new Refused(reason, detail);
}

/** Return the outcome of an act. Throws Refused for any error of the act. */
export async function attempt(reason, act) {
  try {
    return await act();
  } catch (error) {
    throw new Refused(reason, error.message);
  }
}

const MEMBERS = /"(?:[^"\\]|\\.)*"(\s*:)?|[{}]/g;

/** Return the value of JSON that is unambiguous to every parser. Throws an error otherwise. */
export function parsed(bytes) {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value = JSON.parse(text);
  const open = [];
  for (const [token, colon] of text.matchAll(MEMBERS)) {
    if (token === '{') open.push(new Set());
    if (token === '}') open.pop();
    if (!colon) continue;
    const name = JSON.parse(token.slice(0, -colon.length));
    // Of duplicate members JSON.parse uses the last, other parsers the first.
    if (open.at(-1).has(name)) throw new Error(`${name} is stated twice`);
    open.at(-1).add(name);
  }
  return value;
}

export const isText = (value) => typeof value === 'string';
const isTexts = (value) => Array.isArray(value) && value.every(isText);
// The ids of envelopes are UUIDs of version 7; ids in a content may have any version.
const isUuid7 = (value) =>
  isText(value) && /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(value);
export const isId = (value) => isText(value) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
export const isDigest = (value) => isText(value) && /^[A-Za-z0-9_-]{43}$/.test(value);
// Not every store can hold U+0000.
export const isUpTo = (length) => (value) => isText(value) && [...value].length <= length && !value.includes('\0');
export const isLeftOutOr = (isRight) => (value) => value === undefined || value === null || isRight(value);
const isCode = isUpTo(64);
const isOneOf = (...choices) => (value) => choices.includes(value);

/** Return whether an object has exactly these members, with permitted values. */
export const isMadeOf = (members) => (value) =>
  Object.entries(members).every(([name, isRight]) => isRight(value[name])) &&
  Object.keys(value).every((name) => Object.hasOwn(members, name));

const COMMON = {
  typ: isText, alg: isText, kid: isText, id: isUuid7, from: isText, crit: isTexts,
  b64: (value) => typeof value === 'boolean', iat: Number.isFinite, exp: Number.isFinite,
};

/** The members of each kind of head, and their permitted values. */
const HEADS = {
  'i247-message': {
    ...COMMON,
    to: (value) => isTexts(value) && value.length > 0 && value.length <= MAX_RECIPIENTS && value.every(isCode),
    urgency: isOneOf('urgent', 'routine'), purpose: isCode, content_digest: isDigest,
  },
  'i247-receipt': {
    ...COMMON,
    to: isText, re: isUpTo(36), re_digest: isDigest, reason: isLeftOutOr(isCode), directory: isLeftOutOr(isUpTo(400)),
    state: isOneOf('delivered', 'read', 'applied', 'refused', 'acknowledged', 'deferred'),
  },
};

/** Return a UUID of version 7 (RFC 9562): ids sort by the time of their creation. */
export function uuid7() {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Return the digest by which a receipt refers to its envelope. */
export const digestOf = (signature) => digest(signature);

/** Return the header I247-Signature: a detached JWS (RFC 7515, RFC 7797) over a head and the exact body. */
export async function sign(head, body, { privateKey, kid }) {
  const whole = { alg: ALGORITHM, b64: false, crit: ['b64'], kid, ...head };
  const jws = await new FlattenedSign(body).setProtectedHeader(whole).sign(privateKey);
  return `${jws.protected}..${jws.signature}`;
}

/**
 * Return the head of an envelope. `sender` is the last token of the subject, which the broker guarantees.
 *
 * Does NOT detect replays, nor check whether this bureau is an undisclosed recipient: opening the message does.
 */
export async function verify(signature, body, { sender, recipient, directory, at = now() }) {
  const [protectedHeader, signatureText] = signature.split('..');
  const claimed = await attempt('malformed', () => parsed(decoded(protectedHeader)));
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
  const members = HEADS[head?.typ];
  require(members, 'kind', `${head?.typ} is for others`);
  require(isMadeOf(members)(head), 'malformed', 'the head does not fit');
}
