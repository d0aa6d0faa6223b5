/**
 * A bureau that is not written in Python: it sends a message and waits for its receipt, receives a message and signs
 * its receipt, or receives the next receipt for a message that it sent.
 *
 *     node bureau.mjs SETTINGS.json send DE routine "Subject" "Body" [FILE...]
 *     node bureau.mjs SETTINGS.json receive [FOLDER]
 *     node bureau.mjs SETTINGS.json hear
 *
 * The settings state the bureau, the broker, the pinned root key and the files of its own keys. Its output is JSON. It
 * stores nothing: a production bureau stores a message before it signs the receipt, remembers the ids permanently, and
 * sends a message again until it has a receipt.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { connect, headers, nkeyAuthenticator } from '@nats-io/transport-node';
import { calculateJwkThumbprint } from 'jose';

import { Directory } from './directory.mjs';
import { decoded, digest, now, Refused, sign, uuid7, verify } from './envelope.mjs';
import { getObject, putObject } from './objects.mjs';
import * as sealing from './sealing.mjs';

const DAY = 86_400;
const WAIT_SECONDS = 30;
const NANOSECONDS = 1e9;

function complain(error) {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
}

class Bureau {
  static async open(settings) {
    const bureau = new Bureau();
    bureau.code = settings.code;
    bureau.directory = new Directory(settings.root);
    const privateKey = createPrivateKey(readFileSync(settings.signing_key));
    const kid = await calculateJwkThumbprint(createPublicKey(privateKey).export({ format: 'jwk' }));
    bureau.signer = { privateKey, kid };
    bureau.broker = await connect({
      servers: settings.broker,
      authenticator: nkeyAuthenticator(readFileSync(settings.nats_seed)),
      // The broker permits a bureau to subscribe to this prefix only.
      inboxPrefix: `_INBOX.${settings.code}`,
      // Between hosts: the only trusted authority, and a certificate with its own name, `jp.i247`.
      ...(settings.tls && {
        tls: { handshakeFirst: true, caFile: settings.tls.ca, certFile: settings.tls.certificate, keyFile: settings.tls.key },
        ignoreClusterUpdates: true,
      }),
    });
    await bureau.#learn();
    const seed = decoded(readFileSync(settings.sealing_key, 'utf8').trim());
    bureau.seeds = { [digest(bureau.directory.sealingKey(settings.code))]: seed };
    return bureau;
  }

  /** Fetch all entries of the directory. */
  async #learn() {
    const answer = await this.broker.request(`i247.directory.fetch.${this.code}`, '', { timeout: 5_000 });
    await this.directory.take(answer.json());
  }

  /** Send a message with files, and return the head of the recipient's receipt for it. */
  async send(to, urgency, subject, body, ...files) {
    const [id, contentKey, iat] = [uuid7(), sealing.newContentKey(), now()];
    const attachments = [];
    for (const file of files) attachments.push(await this.#attach(id, contentKey, attachments.length + 1, file));
    const content = { officer: `${this.code.toLowerCase()}.officer`, subject, body, thread: id, attachments };
    const head = { id, from: this.code, to: [to], iat, exp: iat + DAY, urgency, purpose: 'security-check' };
    const sealed = await sealing.sealMessage(head, content, this.signer, contentKey);
    const key = await sealing.wrap(contentKey, id, to, this.directory.sealingKey(to));
    await this.#post(to, urgency, id, { ...sealed, key });
    const isForIt = ({ head: { from, re_digest } }) => from === to && re_digest === digest(sealed.signature);
    return (await this.#take('urgent', isForIt)).head;
  }

  /** Put a sealed file into the bureau's own bucket, and return its metadata for the message. */
  async #attach(id, contentKey, number, file) {
    const bytes = readFileSync(file);
    await putObject(this.broker, this.code, `${id}.${number}`, sealing.sealAttachment(contentKey, number, bytes));
    return { name: basename(file), media_type: 'application/octet-stream', size: bytes.length, digest: digest(bytes) };
  }

  /** Return the next message of the routine lane once its receipt is sent, and write its numbered files to a folder. */
  async receive(folder) {
    this.folder = folder;
    return this.#take('routine', ({ content }) => content);
  }

  /** Return the head of the next receipt, and answer it with `acknowledged` where required. */
  async hear() {
    return (await this.#take('urgent', ({ content }) => !content)).head;
  }

  /** Process the parcels of a lane in turn until one is the awaited one. */
  async #take(lane, isWanted) {
    for (const deadline = now() + WAIT_SECONDS; now() < deadline; ) {
      const parcel = await this.#next(lane, deadline - now());
      const opened = parcel && (await this.#open(parcel).catch(complain));
      // An invalid parcel will not become valid later.
      parcel?.respond('+ACK');
      if (opened && isWanted(opened)) return opened;
    }
    throw new Refused('timeout', `nothing came within ${WAIT_SECONDS} s`);
  }

  /** Return the next parcel of this bureau's own consumer, or nothing if there is none. */
  async #next(lane, seconds) {
    const ask = JSON.stringify({ batch: 1, expires: Math.round(seconds * NANOSECONDS) });
    const options = { noMux: true, timeout: (seconds + 5) * 1_000 };
    const parcel = await this.broker.request(`$JS.API.CONSUMER.MSG.NEXT.MESSAGES.${this.code}-${lane}`, ask, options);
    // A parcel arrives on its own subject; status messages of the broker arrive on the inbox subject.
    return parcel.subject.startsWith('i247.msg.') ? parcel : undefined;
  }

  /** Verify a parcel, open it if it is a message, and sign its receipt. */
  async #open(parcel) {
    const carried = parcel.headers ?? headers();
    const sender = parcel.subject.split('.').at(-1);
    const [signature, key] = ['I247-Signature', 'I247-Key'].map((name) => carried.get(name));
    const context = { sender, recipient: this.code, directory: this.directory };
    const opened = { head: await verify(signature, parcel.data, context) };
    this.#compare(opened.head.directory);
    if (opened.head.typ === 'i247-message') {
      Object.assign(opened, await this.#read(opened.head, parcel.data, key));
      await this.#answer(opened.head, signature, 'delivered');
    } else if (['read', 'applied', 'refused'].includes(opened.head.state)) {
      // These are sent until they are acknowledged; a delivery receipt is sent again when the message arrives again.
      await this.#answer(opened.head, signature, 'acknowledged');
    }
    return opened;
  }

  /** Compare the directory head that another participant states. The local log may be behind for a moment. */
  #compare(head) {
    try {
      this.directory.hear(head);
    } catch (error) {
      complain(error);
    }
  }

  /** Return the content of a message once all its attachments are available. */
  async #read(head, body, key) {
    const { content, contentKey } = await sealing.openMessage(head, body, key, this.code, this.seeds);
    for (const [place, metadata] of (content.attachments ?? []).entries()) {
      const number = place + 1;
      const sealed = await getObject(this.broker, this.code, head.from, `${head.id}.${number}`, sealing.sealedSize(metadata.size));
      writeFileSync(join(this.folder, `${number}`), sealing.openAttachment(contentKey, number, sealed, metadata));
    }
    return { content };
  }

  async #answer({ id, from }, signature, state) {
    const iat = now();
    const receipt = { typ: 'i247-receipt', id: uuid7(), from: this.code, to: from, iat, exp: iat + 30 * DAY };
    const head = { ...receipt, re: id, re_digest: digest(signature), state, directory: this.directory.stated };
    const body = new Uint8Array();
    await this.#post(from, 'urgent', head.id, { signature: await sign(head, body, this.signer), body });
  }

  /** Have the broker store a parcel for a bureau. */
  async #post(recipient, lane, id, { signature, body, key }) {
    const carried = headers();
    carried.set('I247-Signature', signature);
    if (key) carried.set('I247-Key', key);
    const subject = `i247.post.${recipient}.${lane}.${id}.${this.code}`;
    const answer = (await this.broker.request(subject, body, { headers: carried, timeout: 5_000 })).json();
    if (answer.error) throw new Refused('not-stored', answer.error.description);
  }

  /** Send pending data and disconnect. */
  async close() {
    await this.broker.drain();
  }
}

const [file, act, ...said] = process.argv.slice(2);
const bureau = await Bureau.open(JSON.parse(readFileSync(file, 'utf8')));
try {
  if (!['send', 'receive', 'hear'].includes(act)) throw new Refused('usage', 'send, receive or hear');
  console.log(JSON.stringify(await bureau[act](...said)));
} finally {
  await bureau.close();
}
