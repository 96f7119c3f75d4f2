/**
 * The reading loops that the five APIs print in their documents, with all their quirks: they split each network chunk
 * into lines and parse every line at once, so an event that arrives in two halves would break them.
 */

/** A line's data, as the printed code reads it: from the sixth character on. */
const data = (line: string) => (line.startsWith('data: ') ? line.slice(6) : undefined);

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (!response.body) throw new Error('No body.');
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  while (true) {
    const {done, value} = await reader.read();
    if (done) return;
    yield* decoder.decode(value).split('\n');
  }
}

/** `/chat/stream`: every `content`, until `[DONE]`. */
export async function readPrintedChatStream(response: Response): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const line of linesOf(response)) {
    const said = data(line);
    if (said === undefined) continue;
    if (said === '[DONE]') break;
    const parsed = JSON.parse(said) as {content: string};
    texts.push(parsed.content);
  }
  return texts;
}

/** `/v1/chat/completions` in JavaScript: logs `choices[0].delta.content` of every chunk, and stops at `[DONE]`. */
export async function readPrintedCompletions(response: Response): Promise<readonly unknown[]> {
  const logged: unknown[] = [];
  for await (const line of linesOf(response)) {
    const said = data(line);
    if (said === undefined) continue;
    if (said === '[DONE]') break;
    const parsed = JSON.parse(said) as {choices: [{delta: {content: unknown}}]};
    logged.push(parsed.choices[0].delta.content);
  }
  return logged;
}

/**
 * `/v1/chat/completions` in Python, with two lines exchanged: as printed, the end mark is parsed before it is checked.
 * `delta['content']` fails in Python if the key is absent, so it does here, too.
 */
export async function readCorrectedPython(response: Response): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const line of (await response.text()).split('\n')) {
    if (!line.startsWith('data: ')) continue;
    if (line === 'data: [DONE]') break;
    const {delta} = (JSON.parse(line.slice(6)) as {choices: [{delta: object}]}).choices[0];
    if (!('content' in delta) || typeof delta.content !== 'string') throw new Error(`KeyError: 'content' in ${line}`);
    texts.push(delta.content);
  }
  return texts;
}

export interface TypedEvent {
  readonly type: string;
  readonly textDelta?: string;
  readonly finishReason?: string;
}

/** `/api/chat`: every line is JSON, `[DONE]` is not, and `finish` is the end. */
export async function readPrintedTypedEvents(response: Response): Promise<readonly TypedEvent[]> {
  const events: TypedEvent[] = [];
  for await (const line of linesOf(response)) {
    const said = data(line);
    if (said !== undefined) events.push(JSON.parse(said) as TypedEvent);
  }
  return events;
}
