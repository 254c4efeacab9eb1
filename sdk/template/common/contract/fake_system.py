"""A small stand-in for Acme's system, for development and for the contract checks.

Records are JSON objects under /products/ID. An ETag is a tag of the content; If-Match and
If-None-Match are obeyed. A write with an Idempotency-Key that was carried out before is answered as
then, and not done again; X-Changed-By says which key changed a record last.
"""
import hashlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "secret-token"
LONGEST_TITLE = 40

lock = threading.Lock()
products = {"prod_check_1": {"title": "Checked"}}
changed_by = {}  # product -> the key of the write that changed it last
answered = {}  # key -> (request, answer)


def tag(record):
    if record is None:
        return None
    return '"%s"' % hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()[:16]


def error(status, message, **more):
    return status, {"message": message, **more}


def merged(record, changes):
    out = {**(record or {}), **changes}
    return {name: value for name, value in out.items() if value is not None}


class Acme(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # an answer is written in two parts

    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, {"up": True})
        self.handle_request(lambda product, body: self.read(product))

    def do_PUT(self):
        self.handle_request(lambda product, body: self.write(product, body))

    def do_PATCH(self):
        self.handle_request(lambda product, body: self.change(product, body))

    def do_DELETE(self):
        self.handle_request(lambda product, body: self.write(product, None))

    def handle_request(self, carry_out):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        key = self.headers.get("Idempotency-Key")
        request = (self.command, self.path, text)
        if self.headers.get("Authorization") != "Bearer " + TOKEN:
            return self.answer(*error(401, "the token is not known"))
        if not self.path.startswith("/products/"):
            return self.answer(*error(404, "nothing is here"))
        product = self.path[len("/products/"):]
        with lock:
            if key in answered:
                before, answer = answered[key]
                if before != request:
                    answer = error(422, "this key was used for another request")
                return self.answer(*answer, product)
            try:
                body = json.loads(text) if text else None
            except ValueError:
                return self.answer(*error(400, "the body is no JSON"))
            answer = carry_out(product, body)
            if key and answer[0] < 300:
                answered[key] = (request, answer)
            self.answer(*answer, product)

    def read(self, product):
        if product not in products:
            return error(404, "no product " + product)
        return 200, products[product]

    def change(self, product, changes):
        if product not in products:
            return error(404, "no product " + product)
        return self.write(product, merged(products[product], changes))

    def write(self, product, record):
        now = products.get(product)
        wanted = self.headers.get("If-Match")
        if wanted is not None and wanted != tag(now):
            return error(412, "the product is at %s, not at %s" % (tag(now), wanted))
        if self.headers.get("If-None-Match") == "*" and now is not None:
            return error(412, "there is such a product")
        title = (record or {}).get("title", "")
        if not isinstance(title, str):
            return error(422, "the title is no text", field="title")
        if len(title) > LONGEST_TITLE:
            return error(422, "the title has %d characters; at most %d are taken" %
                         (len(title), LONGEST_TITLE), field="title")
        if record is None:
            products.pop(product, None)
        else:
            products[product] = record
        if record != now:
            changed_by[product] = self.headers.get("Idempotency-Key") or ""
        return 200, record

    def answer(self, status, body, product=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        if product in products:
            self.send_header("ETag", tag(products[product]))
        if product in changed_by:
            self.send_header("X-Changed-By", changed_by[product])
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    port = int(os.environ.get("PORT", "8181"))
    ThreadingHTTPServer(("127.0.0.1", port), Acme).serve_forever()
