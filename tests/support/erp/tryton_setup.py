"""What the tests need in a new Tryton: a company, logins of their own, attributes. Prints NAME=value.

URL and PASSWORD, of the user admin, come from the environment. Waits until the server answers."""
import base64
import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ["URL"]
PASSWORD = os.environ["PASSWORD"]
PATIENCE = 60  # seconds


def post(method, params, headers=None):
    body = json.dumps({"id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(URL + "/shop/", body, {"Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request) as reply:
        answer = json.load(reply)
    if "error" in answer:
        sys.exit("%s: %s" % (method, answer["error"]))
    return answer["result"]


def sign_in():
    until = time.monotonic() + PATIENCE
    while True:
        try:
            user, key = post("common.db.login", ["admin", {"password": PASSWORD}, "en"])
            break
        except (OSError, urllib.error.URLError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
    session = base64.b64encode(("admin:%d:%s" % (user, key)).encode()).decode()
    return {"Authorization": "Session " + session}


session = sign_in()


def call(method, *params):
    return post("model." + method, [*params, {}], session)


rounding = {"__class__": "Decimal", "decimal": "0.01"}
currency = call("currency.currency.create", [{"name": "Euro", "code": "EUR", "symbol": "€", "digits": 2,
                                              "rounding": rounding}])[0]
party = call("party.party.create", [{"name": "Shop"}])[0]
company = call("company.company.create", [{"party": party, "currency": currency}])[0]
of_company = {"companies": [["add", [company]]], "company": company}
call("res.user.write", [1], of_company)
groups = call("res.user.read", [1], ["groups"])[0]["groups"]
call("res.user.create", [{"name": name, "login": name, "password": PASSWORD, "groups": [["add", groups]],
                          **of_company} for name in ("shop", "locked")])
names = ("medusa_id", "material", "subtitle")
call("product.attribute.set.create", [{"name": "shop", "attributes": [["create", [
    {"name": name, "string": name, "type_": "char"} for name in names]]]}])
print("URL=" + URL)
print("PORT=" + URL.rsplit(":", 1)[1])
print("DATABASE=shop")
print("USER=shop")
print("PASSWORD=" + PASSWORD)
print("COMPANY=%d" % company)
