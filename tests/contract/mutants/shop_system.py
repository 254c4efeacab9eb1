"""A system that keeps no idempotency keys. Who signs in by POST /session gets a token for X-Session.
Records have numbers of its own and are found by GET /records?id=ours. A POST makes another each time.
A PATCH takes its fields one after another, up to one that it refuses; ?atomic=1 takes all or none."""
import hashlib
import json
import os
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LONGEST_TITLE = 40
lock = threading.Lock()
sessions = set()
records = {1: {"id": "shop_check_1", "title": "Checked", "color": "red"}}


def shown(number):
    record = records[number]
    fields = {name: value for name, value in record.items() if name not in ("id", "changed_by")}
    tag = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]
    return {"number": number, "tag": tag, "changed_by": record.get("changed_by", ""), "fields": fields}


def refusal(fields):
    for name, value in sorted(fields.items()):
        if value is not None and not isinstance(value, str):
            return name
        if name == "title" and (value is None or len(value) > LONGEST_TITLE):
            return name
    return None


def lay(fields, record):
    for name, value in fields.items():
        record.pop(name, None)
        if value is not None:
            record[name] = value


class Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self):
        self.serve()

    do_POST = do_PATCH = do_DELETE = do_GET

    def serve(self):
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        try:
            body = json.loads(text) if text else {}
        except ValueError:
            return self.answer(400, {"message": "no JSON"})
        if url.path == "/health":
            return self.answer(200, {})
        with lock:
            if url.path == "/session":
                if body.get("password") != "a-long-password":
                    return self.answer(401, {"message": "who is that?"})
                return self.open_session()
            if self.headers.get("X-Session") not in sessions:
                return self.answer(401, {"message": "sign in first"})
            self.records(url.path.split("/")[2:], query, body)

    def open_session(self):
        session = uuid.uuid4().hex
        sessions.add(session)
        self.answer(200, {"session": session})

    def records(self, path, query, body):
        if self.command == "GET":
            found = [n for n, record in records.items() if record["id"] == query["id"][0]]
            return self.answer(200, [shown(n) for n in sorted(found)])
        fields = body.get("fields", {})
        if self.command == "POST":
            if refusal({"title": None, **fields}):
                return self.answer(422, {"message": "a title is wanted, and texts"})
            number = max(records) + 1
            records[number] = {"id": body["id"], "changed_by": body["changed_by"]}
            lay(fields, records[number])
            return self.answer(201, shown(number))
        number = int(path[0])
        if number not in records or query.get("tag", [shown(number)["tag"]])[0] != shown(number)["tag"]:
            return self.answer(412, {"message": "it is another by now"})
        if self.command == "DELETE":
            del records[number]
            return self.answer(200, {})
        refused = refusal(fields)
        if refused and "atomic" not in query:
            lay({name: value for name, value in fields.items() if name < refused}, records[number])
        if refused:
            return self.answer(422, {"message": "field %s is refused" % refused})
        before = shown(number)["tag"]
        lay(fields, records[number])
        if shown(number)["tag"] != before:
            records[number]["changed_by"] = body["changed_by"]
        self.answer(200, shown(number))

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Shop).serve_forever()
