"""Receive events of a mailbox: verify each, answer at once, and act on it once."""

import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook, seen = Webhook(os.environ["SECRET"]), set[str]()


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"] or 0))
        try:
            event = webhook.verify(body, dict(self.headers))  # the signature, and that it is at most 5 minutes old
        except (WebhookVerificationError, ValueError):
            self.send_error(401)
            return
        self.send_response_only(204)
        self.end_headers()
        if self.headers["webhook-id"] not in seen:  # a delivery may be repeated: in a database, as a unique key
            seen.add(self.headers["webhook-id"])
            print(event["type"], event.get("id"), event.get("bureau"), event.get("state"), flush=True)


HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Receiver).serve_forever()
