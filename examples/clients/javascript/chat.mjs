/** `POST /api/chat`, which stores chats: typed events, and a second question in the same chat. */
const server = process.env.CHATLET_URL ?? 'http://localhost:8000';
const key = process.env.CHATLET_KEY;
const questions = process.argv.length > 2 ? process.argv.slice(2) : ['Hello!', 'What did I just say?'];

let chatId;
// A caller without a key on another machine is a visitor: the answer has a token to send with the next request.
let visitor;
for (const question of questions) {
  const response = await fetch(`${server}/api/chat`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key && {authorization: `Bearer ${key}`}),
      ...(visitor && {'x-chatlet-visitor': visitor}),
    },
    body: JSON.stringify({chatId, messages: [{role: 'user', content: question}]}),
  });
  if (!response.ok) {
    const {error, code} = await response.json();
    throw new Error(`${code}: ${error}`);
  }
  chatId = response.headers.get('x-chat-id');
  visitor = response.headers.get('x-chatlet-visitor') ?? visitor;

  let rest = '';
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith('data: ')) continue;
      const event = JSON.parse(line.slice('data: '.length));
      if (event.type === 'text-delta') process.stdout.write(event.textDelta);
      if (event.type === 'tool-call') process.stdout.write(`[${event.toolName}]\n`);
      if (event.type === 'error') throw new Error(event.error?.message ?? event.error ?? event.message);
    }
  }
  process.stdout.write('\n');
}
