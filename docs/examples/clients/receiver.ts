// Receive events of a mailbox: verify each, answer at once, and act on it once.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

type Event = { type: "message" | "state" | "ping"; id?: string; bureau?: string; state?: string };
const webhook = new Webhook(process.env.SECRET!);
const seen = new Set<string>();

createServer(async (request, response) => {
  let event: Event;
  try {
    const headers = request.headers as Record<string, string>;
    event = webhook.verify(await text(request), headers) as Event; // the signature, and that it is at most 5 minutes old
  } catch {
    return response.writeHead(401).end();
  }
  response.writeHead(204).end();
  const id = String(request.headers["webhook-id"]);
  if (!seen.has(id)) console.log(event.type, event.id, event.bureau, event.state); // a delivery may be repeated
  seen.add(id); // in a database: a unique key
}).listen(Number(process.env.PORT), "127.0.0.1");
