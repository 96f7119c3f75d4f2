/** `POST /chat/stream` with fetch alone: `data: {"content": …}` until `[DONE]`. Needs a key if the server has any. */
const server = process.env.CHATLET_URL ?? 'http://localhost:8000';
const key = process.env.CHATLET_KEY;
const question = process.argv[2] ?? 'Hello!';

const response = await fetch(`${server}/chat/stream`, {
  method: 'POST',
  headers: {'content-type': 'application/json', ...(key && {authorization: `Bearer ${key}`})},
  body: JSON.stringify({messages: [{role: 'user', content: question}]}),
});
if (!response.ok) {
  const {error, retryAfter} = await response.json();
  throw new Error(retryAfter ? `${error}; again in ${retryAfter} s` : error);
}

// A piece of the body may end in the middle of a line, so the rest is kept for the next piece.
let rest = '';
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (!line.startsWith('data: ')) continue;
    const data = line.slice('data: '.length);
    if (data === '[DONE]') continue;
    const {content, error} = JSON.parse(data);
    // The answer has begun with status 200, so a later error is an event.
    if (error) throw new Error(error.message ?? error);
    process.stdout.write(content ?? '');
  }
}
process.stdout.write('\n');
