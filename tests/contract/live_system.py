"""The template's stand-in with three products of its own. It tells on /state all that it holds, and on
/written what was written how often; the file of $PORT_FILE says where it is."""
import importlib.util
import os
import sys

spec = importlib.util.spec_from_file_location("fake_system", sys.argv[1])
fake = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fake)

fake.products.clear()
for name, title in (("prod_live", "Linen"), ("prod_check_1", "Cotton"), ("prod_beside", "Wool")):
    fake.products[name] = {"color": "red", "description": "Fine " + title, "title": title, "weight": "0.350"}
written = {}


class Live(fake.Acme):
    def do_GET(self):
        if self.path in ("/state", "/written"):
            with fake.lock:
                state = {name: dict(sorted(record.items())) for name, record in fake.products.items()}
                return self.answer(200, state if self.path == "/state" else written)
        super().do_GET()

    def write(self, product, record):
        written[product] = written.get(product, 0) + 1
        return super().write(product, record)


server = fake.ThreadingHTTPServer(("127.0.0.1", 0), Live)
file = os.environ["PORT_FILE"]
with open(file + ".new", "w") as out:
    out.write(str(server.server_address[1]))
os.rename(file + ".new", file)
server.serve_forever()
