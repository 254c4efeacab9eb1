// Medusa hashes the API key at each request, slowly on purpose; a key that is public is hashed once.
const crypto = require("crypto");
const { scrypt } = crypto;
const known = new Map();
crypto.scrypt = (password, salt, length, done) => {
  const name = JSON.stringify([password, salt, length]);
  if (known.has(name)) return process.nextTick(done, null, known.get(name));
  scrypt(password, salt, length, (error, hash) => {
    if (!error) known.set(name, hash);
    done(error, hash);
  });
};
