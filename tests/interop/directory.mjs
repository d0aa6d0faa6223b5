/** The directory in another language: whose key is whose, as the Secretariat's root key signed it. */
import { calculateJwkThumbprint, compactVerify, importJWK } from 'jose';

import { ALGORITHM, decoded, now, require } from './envelope.mjs';

const jwk = (raw) => ({ kty: 'OKP', crv: ALGORITHM, x: raw });

/** All entries that have arrived. */
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
    const [revokedAt, before] = [entry, known].map((one) => one?.revoked_at ?? Infinity);
    if (!known || revokedAt < before || (revokedAt === before && entry.issued > known.issued)) {
      this.#entries.set(kid, entry);
    }
  }

  /** Return the key of a participant that was valid when it signed and is not revoked now. */
  async signingKey(participant, kid, signedAt, at) {
    const entry = this.#entries.get(kid);
    require(entry?.participant === participant, 'key-unknown', `no such key of ${participant}`);
    const isValid = entry.not_before <= signedAt && signedAt <= entry.not_after && !(entry.revoked_at <= at);
    require(isValid, 'key-not-valid', `the key of ${participant} was not valid or is revoked`);
    return importJWK(jwk(entry.signing_key), ALGORITHM);
  }

  /** Return the newest valid sealing key of a bureau in good standing. */
  sealingKey(bureau, at = now()) {
    const entries = [...this.#entries.values()].filter((entry) => entry.participant === bureau);
    const usable = entries.filter(
      (entry) =>
        entry.sealing_key && entry.not_before <= at && at <= entry.not_after && !(entry.revoked_at <= at),
    );
    const isMember = (newest(entries, 'issued')?.standing ?? 'member') === 'member';
    require(usable.length && isMember, 'sealing-key-unknown', `nothing can be sealed to ${bureau}`);
    return decoded(newest(usable, 'not_before').sealing_key);
  }
}

const newest = (entries, time) => entries.toSorted((one, other) => other[time] - one[time])[0];
