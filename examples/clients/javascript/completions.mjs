/** `POST /v1/chat/completions` with fetch alone: chunks with `choices[0].delta.content`. */
const server = process.env.CHATLET_URL ?? 'http://localhost:8000';
const key = process.env.CHATLET_KEY;
const question = process.argv[2] ?? 'Hello!';

const response = await fetch(`${server}/v1/chat/completions`, {
  method: 'POST',
  headers: {'content-type': 'application/json', ...(key && {authorization: `Bearer ${key}`})},
  body: JSON.stringify({model: 'default', messages: [{role: 'user', content: question}], stream: true}),
});
if (!response.ok) {
  const {error} = await response.json();
  throw new Error(`${error.code}: ${error.message}`);
}

let rest = '';
for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
  const lines = (rest + text).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    if (!line.startsWith('data: ')) continue;
    const data = line.slice('data: '.length);
    if (data === '[DONE]') continue;
    const {choices = [], error} = JSON.parse(data);
    if (error) throw new Error(error.message);
    process.stdout.write(choices[0]?.delta?.content ?? '');
  }
}
process.stdout.write('\n');
