/** A site with a sign-in of its own, and the chat in the same app: whoever has signed in may ask. */
import {randomBytes} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {chatRouter} from '@chatlet/server';
import express from 'express';
import session from 'express-session';

const users = new Set(['ada', 'grace']);

const app = express();
app.use(
  session({
    secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('hex'),
    resave: false,
    saveUninitialized: false,
    cookie: {httpOnly: true, sameSite: 'lax'},
  }),
);

const {OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey} = process.env;
const chat = chatRouter({
  ...(baseUrl && {openai: {baseUrl, apiKey}}),
  // Who asks, from the session of this site. Nobody else may.
  authenticate: (req) => req.session.user && {user: req.session.user},
  auth: {visitors: 'refused'},
});
// After the session, which it reads, and before the parsers of bodies, which it does not need.
app.use('/support', chat);

app.use(express.urlencoded());
app.post('/sign-in', (req, res) => {
  const {name} = req.body;
  // Here your site checks a password.
  if (!users.has(name)) {
    res.status(401).send('Nobody of this name.');
    return;
  }
  req.session.regenerate(() => {
    req.session.user = name;
    res.redirect('/');
  });
});
app.post('/sign-out', (req, res) => req.session.destroy(() => res.redirect('/')));

app.get('/', async (req, res) => {
  const page = req.session.user ? 'signed-in.html' : 'signed-out.html';
  const html = await readFile(new URL(page, import.meta.url), 'utf8');
  // Only names of the list above come here, so nothing must be escaped.
  res.type('html').send(html.replaceAll('{name}', req.session.user));
});

const server = app.listen(Number(process.env.PORT ?? 8000), 'localhost', () => {
  console.log(`The site is on http://localhost:${server.address().port}`);
});
process.on('SIGTERM', async () => {
  await chat.close();
  server.close();
});
