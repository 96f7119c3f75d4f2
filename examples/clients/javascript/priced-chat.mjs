/** `POST /api/v1/chat`: one JSON answer with its provider, latency and cost. */
const server = process.env.CHATLET_URL ?? 'http://localhost:8000';
const key = process.env.CHATLET_KEY;
const question = process.argv[2] ?? 'Hello!';

const response = await fetch(`${server}/api/v1/chat`, {
  method: 'POST',
  headers: {'content-type': 'application/json', ...(key && {authorization: `Bearer ${key}`})},
  body: JSON.stringify({
    messages: [{role: 'user', content: question}],
    conversation_id: `example-${Date.now()}`,
    system_prompt: 'Be brief.',
  }),
});
const answer = await response.json();
if (!response.ok) throw new Error(answer.error);
console.log(answer.choices[0].message.content);
console.error(`${answer.provider}, ${answer.latency} ms, ${answer.usage.total_tokens} tokens, ${answer.cost} USD`);
