/** Reads the answer's stream: server-sent events with the data `{"text": "…"}`. Knows no contestant. */

/** Hands on the tokens of an answer in one of two ways: as they arrive, or so many a frame once all have arrived. */
export async function readAnswer(path: string, onToken: (token: string) => void): Promise<void> {
  const perFrame = Number(new URLSearchParams(location.search).get('per-frame') ?? 0);
  if (perFrame === 0) {
    await readTokens(path, onToken);
    return;
  }
  const tokens: string[] = [];
  await readTokens(path, (token) => tokens.push(token));
  for (let next = 0; next < tokens.length; next += perFrame) {
    await new Promise(requestAnimationFrame);
    for (const token of tokens.slice(next, next + perFrame)) onToken(token);
  }
}

async function readTokens(path: string, onToken: (token: string) => void): Promise<void> {
  for await (const tokens of tokenChunks(path)) for (const token of tokens) onToken(token);
}

/** The tokens of an answer, those together that arrived together. */
export async function* tokenChunks(path: string): AsyncGenerator<readonly string[]> {
  const response = await fetch(path, {method: 'POST'});
  if (!response.body) throw new Error('The answer has no body.');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {done, value} = await reader.read();
    if (done) return;
    const events = (rest + value).split('\n\n');
    rest = events.pop() ?? '';
    yield events.map(tokenOf);
  }
}

function tokenOf(event: string): string {
  const data: unknown = JSON.parse(event.slice('data: '.length));
  if (typeof data === 'object' && data !== null && 'text' in data && typeof data.text === 'string') return data.text;
  throw new Error(`No token: ${event}`);
}
