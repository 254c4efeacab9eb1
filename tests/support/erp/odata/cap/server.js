// Own additions around SAP's CAP server: the CSRF protection that the ABAP gateway puts in front of its OData services
// (CAP itself has none), tokens of OAuth 2, keep-alive time, and switches for faults (latency, 5xx) so that a connector's
// retries can be tested.
const cds = require('@sap/cds')
const { randomBytes } = require('crypto')
const http = require('http')
const cov2ap = require('@cap-js-community/odata-v2-adapter')

const CSRF = process.env.CAP_CSRF !== '0'
const sessions = new Map()            // session id -> token
const bearers = new Set()             // OAuth 2 tokens, each as good as the password of COMM_USER
const basic = text => 'Basic ' + Buffer.from(text).toString('base64')
const COOKIE = 'SAP_SESSIONID_S4P_100'
const NONE = { delayMs: 0, replyDelayMs: 0, status: 0, times: 0, retryAfter: '', dropReply: 0 }
const faults = { ...NONE }

cds.on('bootstrap', app => {
  const listen = app.listen.bind(app)                       // loopback only
  app.listen = port => listen(port, '127.0.0.1')
  app.use((req, res, next) => {       // faults are controlled by POST /lab/faults {"delayMs":..,"replyDelayMs":..,"status":503,"times":2,"retryAfter":1,"dropReply":1}
    if (req.path === '/lab/faults' && req.method === 'POST') {
      let s = ''
      req.on('data', d => { s += d }).on('end', () => {
        Object.assign(faults, NONE, JSON.parse(s || '{}'))
        res.json(faults)
      })
      return
    }
    if (req.path.startsWith('/odata/v4/API_PRODUCT_SRV')) return next()      // the V2 adapter's inner call
    const go = () => {
      if (faults.status && faults.times > 0) {
        faults.times--
        if (faults.retryAfter) res.set('Retry-After', String(faults.retryAfter))
        return res.status(faults.status).type('text/html').send('<html><body>injected</body></html>')
      }
      if (faults.dropReply > 0) {     // the request is carried out, its reply is lost
        faults.dropReply--
        const end = res.end
        res.write = () => true
        res.end = () => { res.end = end; req.socket.destroy(); return res }
      } else if (faults.replyDelayMs) { // the request is carried out at once, its reply comes late
        const end = res.end, ms = faults.replyDelayMs
        res.end = (...a) => { res.end = end; setTimeout(() => res.end(...a), ms); return res }
      }
      next()
    }
    if (faults.delayMs) setTimeout(go, faults.delayMs); else go()
  })
  app.post('/oauth/token', (req, res) => {       // client credentials: gantry / client-secret-1
    if (req.headers.authorization !== basic('gantry:client-secret-1')) return res.status(401).json({ error: 'invalid_client' })
    const token = randomBytes(16).toString('hex')
    bearers.add(token)
    res.json({ access_token: token, token_type: 'bearer', expires_in: 3600 })
  })
  app.post('/lab/forget-tokens', (req, res) => { bearers.clear(); res.sendStatus(204) })
  app.use((req, res, next) => {
    const token = /^bearer (.*)$/i.exec(req.headers.authorization || '')?.[1]
    if (!token) return next()
    if (!bearers.has(token)) return res.status(401).type('text/plain').send('Unauthorized')
    req.headers.authorization = basic('COMM_USER:Welcome-1')
    next()
  })
  app.use('/sap/opu', (req, res, next) => {
    if (!CSRF) return next()
    if (!/^basic /i.test(req.headers.authorization || '')) return next()     // CAP answers 401
    const wanted = (req.headers['x-csrf-token'] || '')
    const id = (req.headers.cookie || '').split(/;\s*/).map(c => c.split('=')).find(c => c[0] === COOKIE)?.[1]
    if (req.method === 'GET' || req.method === 'HEAD') {
      if (wanted.toLowerCase() === 'fetch') {
        const sid = id && sessions.has(id) ? id : randomBytes(16).toString('hex')
        if (!sessions.has(sid)) sessions.set(sid, randomBytes(16).toString('base64'))
        res.set('x-csrf-token', sessions.get(sid))
        res.append('Set-Cookie', `${COOKIE}=${sid}; path=/; HttpOnly`)
      }
      return next()
    }
    if (!id || sessions.get(id) !== wanted || !wanted)
      return res.status(403).set('x-csrf-token', 'Required').type('text/plain').send('CSRF token validation failed')
    next()
  })
  app.post('/lab/forget-sessions', (req, res) => { sessions.clear(); res.sendStatus(204) })
  // The V2 adapter comes after the above (so it is not loaded as a plugin). It is a proxy in front of the V4 service and
  // passes on the connection header of its inner call: that of the outer one is put back.
  const agent = new http.Agent({ keepAlive: true })
  const v2 = cov2ap.singleton()
  v2.before = (req, res, next) => {
    req.agent = agent
    const wanted = req.headers.connection || 'keep-alive', writeHead = res.writeHead
    res.writeHead = (...a) => { res.setHeader('connection', wanted); return writeHead.apply(res, a) }
    next()
  }
  app.use(v2)
})
cds.on('listening', ({ server }) => { server.keepAliveTimeout = Number(process.env.CAP_KEEPALIVE_MS || 30000) })
module.exports = cds.server
