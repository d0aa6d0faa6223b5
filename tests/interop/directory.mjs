/** The directory in another language: the keys of all participants, signed by the Secretariat's root key. */
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';

import { compareHead, statedHead, wholeLog } from './directory-log.mjs';
import { ALGORITHM, attempt, decoded, now, parsed, require } from './envelope.mjs';

const jwk = (raw) => ({ kty: 'OKP', crv: ALGORITHM, x: raw });

/** All entries received so far. */
export class Directory {
  #entries = new Map();
  #log = [];
  stated = '';

  constructor(root) {
    this.root = importJWK(jwk(root), ALGORITHM);
    this.rootText = root;
  }

  /** Learn the whole log: each entry is valid alone, and the log must extend the known one. */
  async take(part) {
    for (const entry of part.entries) await this.learn(entry);
    this.#log = wholeLog(part, this.#log, this.rootText);
    this.stated = statedHead(part.head);
  }

  /** Compare the head that another participant states in a receipt, if any. Throws Refused. */
  hear(head) {
    if (head && head !== this.stated) compareHead(head, this.#log, this.rootText);
  }

  /** Learn an entry if it is newer than the known one of its key. */
  async learn(jws) {
    const { payload, protectedHeader } = await attempt('signature', async () =>
      compactVerify(jws, await this.root, { algorithms: [ALGORITHM] }),
    );
    require(protectedHeader.typ === 'i247-directory-entry', 'kind', 'not an entry of the directory');
    const entry = parsed(payload);
    const key = await attempt('malformed', () => importJWK(jwk(entry.signing_key), ALGORITHM));
    const kid = await calculateJwkThumbprint(key);
    const known = this.#entries.get(kid);
    // A revocation is final in any order of entries.
    const [revokedAt, before] = [entry, known].map((one) => one?.revoked_at ?? Infinity);
    if (!known || revokedAt < before || (revokedAt === before && entry.issued > known.issued)) {
      this.#entries.set(kid, { ...entry, key });
    }
  }

  /** Return the key of a participant that was valid when it signed and is not revoked now. */
  async signingKey(participant, kid, signedAt, at) {
    const entry = this.#entries.get(kid);
    require(entry?.participant === participant, 'key-unknown', `no such key of ${participant}`);
    const isValid = entry.not_before <= signedAt && signedAt <= entry.not_after && !(entry.revoked_at <= at);
    require(isValid, 'key-not-valid', `the key of ${participant} was not valid or is revoked`);
    return entry.key;
  }

  /** Return the standing of a participant, from the entry that was issued last, until the measure is over. */
  standing(participant, at = now()) {
    const { standing, measure } = newest(this.#of(participant), 'issued') ?? {};
    return measure?.until <= at ? 'member' : (standing ?? 'member');
  }

  /** Return the newest valid sealing key of a bureau that is not suspended. */
  sealingKey(bureau, at = now()) {
    const usable = this.#of(bureau).filter(
      (entry) => entry.sealing_key && entry.not_before <= at && at <= entry.not_after && !(entry.revoked_at <= at),
    );
    const isMember = this.standing(bureau, at) !== 'suspended';
    require(usable.length && isMember, 'sealing-key-unknown', `nothing can be sealed to ${bureau}`);
    return decoded(newest(usable, 'not_before').sealing_key);
  }

  #of(participant) {
    return [...this.#entries.values()].filter((entry) => entry.participant === participant);
  }
}

const newest = (entries, time) => entries.toSorted((one, other) => other[time] - one[time])[0];
