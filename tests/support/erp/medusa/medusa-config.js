// A shop with nothing but its API: no dashboard, secrets that are public.
const { defineConfig } = require("@medusajs/framework/utils");
module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    http: {
      storeCors: "http://127.0.0.1",
      adminCors: "http://127.0.0.1",
      authCors: "http://127.0.0.1",
      jwtSecret: "test",
      cookieSecret: "test",
    },
  },
  admin: { disable: true },
});
