// key.js TOKEN: the SQL that makes it a secret API key of the server.
const { scryptSync } = require("crypto");
const token = process.argv[2];
const salt = "0123456789abcdef0123456789abcdef";
const hash = scryptSync(token, salt, 64).toString("hex");
const shown = token.slice(0, 6) + "***" + token.slice(-3);
console.log(
  "insert into api_key (id, token, salt, redacted, title, type, created_by)" +
    ` values ('apk_test', '${hash}', '${salt}', '${shown}', 'tests', 'secret', 'tests');`,
);
