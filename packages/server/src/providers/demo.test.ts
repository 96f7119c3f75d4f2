import assert from 'node:assert/strict';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite, test} from 'node:test';
import {applyEvent, ChatError, type ChatEvent, emptyAnswer, type Message, textOf} from '@chatlet/protocol';
import type {PromptMessage, ProviderRequest, ToolDefinition} from '../engine/provider.ts';
import {splitIntoTokens} from './demo-script.ts';
import {demoProvider, type DemoProviderOptions} from './demo.ts';

const docs = join(import.meta.dirname, '../retrieval/testing/docs');
const fixture: DemoProviderOptions = {docs, pace: 'instant'};
const never = new AbortController().signal;

suite('the demo model', () => {
  test('the demo provider lists one model that costs nothing', async () => {
    const provider = demoProvider(fixture);
    const [model, ...others] = await provider.models({signal: never});
    assert.equal(provider.id, 'demo');
    assert.equal(model?.id, 'demo');
    assert.equal(model.name, 'Demo');
    assert.deepEqual(model.pricing, {prompt: 0, completion: 0});
    assert.ok(model.contextLength);
    assert.deepEqual(others, []);
  });

  test('the demo model answers with the passage that fits, and names its document', async () => {
    const {message} = await ask('How do I put it on my site?');
    assert.equal(message.status, 'done');
    assert.match(
      textOf(message),
      /^_Lighthouse_ has this under \*\*Put it on your site\*\*:\n\nAdd one tag to your page:/,
    );
    assert.match(textOf(message), /```html\n<script src="\/lamp\.js"><\/script>\n/);
    assert.deepEqual(message.parts.at(-1), {
      type: 'source',
      id: 'README.md',
      title: 'Lighthouse',
      quote: 'Add one tag to your page:',
    });
  });

  test('the demo model names the files that it cannot read, and answers the rest', async () => {
    const file = (name: string | undefined, mediaType: string) =>
      ({type: 'file', url: `data:${mediaType};base64,AAAA`, mediaType, ...(name && {name})}) as const;
    const asked = async (words: string, ...files: readonly ReturnType<typeof file>[]) => {
      const parts = [...(words === '' ? [] : [{type: 'text', text: words} as const]), ...files];
      return textOf((await say([{role: 'user', parts}])).message);
    };
    const start = 'I am the demo model and cannot look into files, so I have not read';
    assert.equal(
      await asked('echo Hello', file('a `sum`.pdf', 'application/pdf'), file(undefined, 'image/png')),
      `${start} \`a sum .pdf\` and the picture.\n\nHello`,
    );
    assert.equal((await asked('', file('notes.txt', 'text/plain'))).trim(), `${start} \`notes.txt\`.`);
    const six = Array.from({length: 6}, (_, i) => file(`${i}.pdf`, 'application/pdf'));
    assert.equal(
      (await asked('', ...six)).trim(),
      `${start} \`0.pdf\`, \`1.pdf\`, \`2.pdf\`, \`3.pdf\`, \`4.pdf\` and 1 more.`,
    );
    assert.match(await asked('What colour is the beam?', file(undefined, 'text/csv')), /the file\.\n\n.*LAMP_COLOR/s);
    // The files of an older question were named then.
    const earlier = {role: 'user', parts: [file('old.pdf', 'application/pdf')]} as const;
    assert.equal(textOf((await say([earlier, user('echo Hello')])).message), 'Hello');
  });

  test('the demo model shows only the rows of a long table that fit the question', async () => {
    const {message} = await ask('What colour is the beam?');
    assert.match(textOf(message), /\| `LAMP_COLOR` \| the colour of the beam \| white \|/);
    assert.doesNotMatch(textOf(message), /LAMP_TIMEOUT/);
  });

  test('the demo model says if nothing fits, and names topics to ask about', async () => {
    const {message} = await ask('What is the weather in Paris?');
    assert.match(textOf(message), /found nothing.*do not guess.*- Put it on your site.*`help`/s);
    assert.equal(message.parts.length, 1);
  });

  test('"tell me more" shows the next passages, until there are no more', async () => {
    const questions = ['lamp'];
    const texts = [textOf((await ask(questions)).message)];
    for (let i = 0; i < 8; i++) {
      questions.push('tell me more');
      texts.push(textOf((await ask(questions)).message));
    }
    assert.match(texts[1] ?? '', /^There is more\./);
    assert.match(texts.at(-1) ?? '', /That is all/);
    assert.notEqual(texts[1], texts[2]);
  });

  test('the demo model answers the same question the same way, with any temperature and seed', async () => {
    const first = await ask('Use your own lamp', {temperature: 2, seed: 1});
    const second = await ask('Use your own lamp', {temperature: 0, topP: 0.1, seed: 2});
    assert.deepEqual(first.events, second.events);
  });

  test('the demo model greets back, and answers an empty question with help', async () => {
    assert.match(
      textOf((await ask('Hello!')).message),
      /^Hello! I am the demo model.*3 documents.*\*\*Quick start\*\*/,
    );
    assert.match(textOf((await ask('')).message), /show a table/);
  });

  test('the demo model repeats the text after "echo"', async () => {
    assert.equal(textOf((await ask('echo a STOP b')).message), 'a STOP b');
    assert.equal(textOf((await ask('Echo: "two\nlines"')).message), 'two\nlines');
  });

  test('a folder of documents that does not exist is refused with a sentence that says so', () => {
    assert.throws(() => demoProvider({docs: join(docs, 'nowhere')}), {
      name: 'ChatError',
      message: /no folder of documents/,
    });
    assert.throws(() => demoProvider({docs: join(docs, 'README.md')}), ChatError);
  });
});

suite('passages that are too long for an answer of the demo model', () => {
  const lead = '_Long_ has this under **Anchors**:\n\n';
  /** The answer to a question about the one section of a document that holds this text. */
  async function answerFromSection(text: string): Promise<string> {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'long.md'), `# Long\n\n## Anchors\n\n${text}\n`);
    const said = textOf((await say([user('anchors')], {}, {docs: folder.path, pace: 'instant'})).message);
    assert.ok(said.startsWith(lead), said.slice(0, 100));
    return said.slice(lead.length);
  }

  test('a passage that is too long is shown in whole blocks, as many as fit', async () => {
    const sentence = 'An anchor holds a ship where it is.';
    const shown = await answerFromSection(Array.from({length: 100}, () => sentence).join(' '));
    assert.match(shown, /^An anchor holds .*An anchor holds a ship where it is\.$/s);
    assert.ok(shown.length > 1_000 && shown.length <= 1_602, `${shown.length} characters`);
  });

  test('a text that ends in a colon is shown only with the block that it announces', async () => {
    const code = (lines: number) => `\`\`\`sh\n${'drop --anchor\n'.repeat(lines)}\`\`\``;
    const intro = 'Anchors hold ships.';
    const announcement = 'Drop anchors like this:';
    assert.equal(await answerFromSection([intro, announcement, code(120)].join('\n\n')), intro);
    const rest = 'Chains hold nothing. '.repeat(80);
    const shown = await answerFromSection([intro, announcement, code(5), rest].join('\n\n'));
    assert.ok(shown.startsWith([intro, announcement, code(5)].join('\n\n')), shown);
  });

  test('a block of code that is too long is truncated at a line, and stays closed', async () => {
    const shown = await answerFromSection(`\`\`\`sh\n${'drop --anchor\n'.repeat(500)}\`\`\``);
    assert.match(shown, /^```sh\n(?:drop --anchor\n){50,}```$/);
    assert.ok(shown.length < 1800, `${shown.length} characters`);
  });
});

suite('commands of the demo model', () => {
  const patterns: Readonly<Record<string, RegExp>> = {
    'show a table': /\|\s*:?-+/,
    'Please show me a table!': /\|\s*:?-+/,
    table: /\|\s*:?-+/,
    'zeig mir eine Tabelle': /\|\s*:?-+/,
    'could you give me an example of a list?': /\n1\. .*- \[x\]/s,
    'show code': /```js\n.*```python\n/s,
    'write some code': /```js\n/,
    'write me a poem in code': /```js\n/,
    'show a quote': /\n> /,
    'show math': /\$\$\n/,
    help: /`show everything`/,
    'What can you do?': /`show everything`/,
    'who are you': /offline/,
    'thank you': /welcome/,
  };
  for (const [question, pattern] of Object.entries(patterns)) {
    test(`the demo model shows something for “${question}”`, async () => {
      const {message} = await ask(question);
      assert.match(textOf(message), pattern);
      assert.equal(message.status, 'done');
    });
  }

  test('"show a long answer" gives a long answer made of the documents', async () => {
    const {message} = await ask('show a long answer');
    assert.ok(textOf(message).length > 1_500);
    assert.match(textOf(message), /## Configuration/);
  });

  test('"show an error" gives text, usage and an error', async () => {
    const {message, events} = await ask('show an error');
    assert.equal(message.status, 'failed');
    assert.equal(message.error?.code, 'provider-error');
    assert.match(textOf(message), /^This answer/);
    assert.deepEqual(
      events.slice(-2).map(({type}) => type),
      ['usage', 'error'],
    );
  });

  test('"show a cut answer" gives an answer without an end event', async () => {
    const {message} = await ask('show a cut answer');
    assert.equal(message.status, 'answering');
    assert.ok(textOf(message).length > 0);
  });

  test('"show a tool call" gives the call, its result, and then text', async () => {
    const {message} = await ask('show a tool call');
    const tool = message.parts.find((part) => part.type === 'tool');
    assert.equal(tool?.state, 'done');
    assert.deepEqual(tool.input, {query: 'Quick start'});
    assert.deepEqual(Array.isArray(tool.output) && tool.output[0], {title: 'Quick start', document: 'Lighthouse'});
    assert.equal(message.parts.at(-1)?.type, 'text');
  });

  test('"show thinking" gives reasoning, and then the answer', async () => {
    const {message} = await ask('show thinking');
    assert.deepEqual(
      message.parts.map(({type}) => type),
      ['reasoning', 'text'],
    );
  });

  test('a question after "think about" is answered with the search told as reasoning', async () => {
    const {message} = await ask('Think about how to put it on my site');
    const [thoughts, answer] = message.parts;
    assert.equal(thoughts?.type, 'reasoning');
    assert.match(thoughts.text, /best first: Put it on your site/);
    assert.equal(answer?.type, 'text');
    assert.match(answer.text, /\*\*Put it on your site\*\*/);
  });

  test('"show everything" gives every kind of part', async () => {
    const {message} = await ask('show everything');
    assert.deepEqual(new Set(message.parts.map(({type}) => type)), new Set(['reasoning', 'text', 'tool', 'source']));
    assert.equal(message.status, 'done');
  });

  test("every command of the demo model's guide works, and a question with such a word still goes to the documents", async () => {
    const guide = textOf((await ask('help')).message);
    const commands = [...guide.matchAll(/^- `(.+?)`/gm)].map(([, command]) => command ?? '');
    assert.ok(commands.length > 10);
    for (const command of commands) assert.doesNotMatch(textOf((await ask(command)).message), /found nothing/, command);
    const {message} = await ask('Show me the list of settings');
    assert.match(textOf(message), /\*\*Configuration\*\*/);
  });
});

suite('limits of a request to the demo model', () => {
  test('maxTokens ends an answer of the demo model by length, and usage counts it', async () => {
    const {message} = await ask('show a table', {maxTokens: 3});
    assert.equal(textOf(message), 'Rivers of Europe');
    assert.equal(message.endReason, 'length');
    assert.equal(message.usage?.completionTokens, 3);
  });

  test('maxTokens that is just enough does not end an answer by length', async () => {
    const whole = await ask('echo one two three');
    const limited = await ask('echo one two three', {maxTokens: 3});
    assert.deepEqual(limited.message, whole.message);
  });

  test('a stop sequence ends an answer before it, also if it spans several words', async () => {
    assert.equal(textOf((await ask('echo a STOP b', {stop: ['STOP']})).message), 'a ');
    assert.equal(textOf((await ask('echo one two three', {stop: ['three', 'e two']})).message), 'on');
    assert.equal((await ask('echo a STOP b', {stop: ['STOP']})).message.endReason, 'stop');
    assert.equal(textOf((await ask('echo all of it', {stop: ['', 'x']})).message), 'all of it');
  });

  test('usage of the demo model counts the words of question and answer', async () => {
    const {message} = await ask('echo one two three');
    assert.deepEqual(message.usage, {promptTokens: 4, completionTokens: 3});
  });

  test('the demo model answers in JSON if the request asks for it', async () => {
    const plain = await ask('echo hi', {responseFormat: {type: 'json_object'}});
    assert.deepEqual(JSON.parse(textOf(plain.message)), {answer: 'hi'});
    const schema = {
      type: 'object',
      properties: {city: {type: 'string'}, days: {type: 'integer'}},
      required: ['city', 'days'],
    };
    const shaped = await ask('Weather in Ulm for 3 days', {
      responseFormat: {type: 'json_schema', json_schema: {name: 'x', schema}},
    });
    assert.deepEqual(JSON.parse(textOf(shaped.message)), {city: 'Ulm', days: 3});
  });
});

suite('tools for the demo model', () => {
  const weather: ToolDefinition = {
    name: 'get_weather',
    description: 'Tells the weather of a city.',
    inputSchema: {
      type: 'object',
      properties: {location: {type: 'string'}, unit: {enum: ['celsius', 'fahrenheit']}, later: {type: 'boolean'}},
      required: ['location', 'unit'],
    },
  };
  const clock: ToolDefinition = {name: 'clock', inputSchema: {type: 'object', properties: {}}};

  test('the demo model calls the tool that the question speaks of', async () => {
    const {events, message} = await ask("What's the weather in San Francisco?", {tools: [clock, weather]});
    assert.deepEqual(events[0], {
      type: 'tool-call',
      callId: 'call_get_weather_2',
      name: 'get_weather',
      input: {location: 'San Francisco', unit: 'celsius'},
    });
    assert.equal(message.endReason, 'tool-calls');
  });

  test('the demo model calls no tool if none fits, unless the request demands one', async () => {
    const called = async (toolChoice: ProviderRequest['toolChoice'], question = 'show a table') => {
      const {message} = await ask(question, {tools: [clock, weather], ...(toolChoice && {toolChoice})});
      return message.parts.flatMap((part) => (part.type === 'tool' ? [part.name] : []));
    };
    assert.deepEqual(await called('auto'), []);
    assert.deepEqual(await called('required'), ['clock']);
    assert.deepEqual(await called({name: 'get_weather'}), ['get_weather']);
    assert.deepEqual(await called('none', 'weather in Rome'), []);
  });

  const subjects: readonly (readonly [question: string, called: string | undefined, input?: object])[] = [
    ['What is 12.5 * (3 + 4)?', 'calculator', {expression: '12.5 * (3 + 4)'}],
    ['10/2', 'calculator', {expression: '10/2'}],
    ['Released on 2026-11-29, or 29/11/2026?', undefined],
    ['How do I put 2-3 lamps on my page?', undefined],
    ['Search for brass lamps.', 'search', {query: 'brass lamps'}],
    ['Where can I search?', undefined],
    ['Read https://example.com/a?b=c please', 'fetch-page', {url: 'https://example.com/a?b=c'}],
    ['Put it on my page', undefined],
    ['Delete the old orders', 'deleteOrders', {}],
  ];
  for (const [question, called, input] of subjects) {
    test(`the demo model calls ${called ?? 'no tool'} for “${question}”`, async () => {
      const offered = Object.entries({calculator: 'expression', search: 'query', 'fetch-page': 'url'}).map(
        ([name, key]) => ({
          name,
          description: 'Reads a page, searches, calculates: use it for what is on my page.',
          inputSchema: {type: 'object', properties: {[key]: {type: 'string'}}, required: [key]},
        }),
      );
      const orders = {name: 'deleteOrders', description: 'Deletes orders.', inputSchema: {type: 'object'}};
      const {message} = await ask(question, {tools: [...offered, orders]});
      const [part] = message.parts.filter(({type}) => type === 'tool');
      assert.deepEqual(part?.type === 'tool' ? [part.name, part.input] : [undefined, undefined], [called, input]);
    });
  }

  test('the demo model tells the result of a tool', async () => {
    const called: PromptMessage = {
      role: 'assistant',
      parts: [{type: 'tool', callId: 'c', name: 'get_weather', input: {}, state: 'done', output: '21 °C, sunny'}],
    };
    const {message} = await say([user('weather in Rome'), called], {tools: [weather]});
    assert.equal(textOf(message), '`get_weather` says: 21 °C, sunny');
    assert.equal(message.endReason, 'stop');
  });
});

suite('the pace of the demo model', () => {
  test('the demo model writes word by word, no faster than its pace', async () => {
    const provider = demoProvider({docs, pace: {tokensPerSecond: 50}});
    const question = 'echo one two three four five six seven eight nine ten';
    const started = performance.now();
    let words = 0;
    for await (const batch of provider.answer(request([user(question)]), {signal: never})) {
      const passed = performance.now() - started;
      words += batch.filter(({type}) => type === 'text-delta').length;
      // At most so many are due by now, plus one because a timer may fire a moment early. A slow machine has fewer.
      assert.ok(words <= (passed - 250) / 20 + 1, `${words} words after ${passed} ms`);
    }
    assert.equal(words, 10);
  });

  test('aborting ends an answer of the demo model at once: before the first word, between two, and in a pause', async () => {
    for (const [question, words] of [
      ['show a long answer', 0],
      ['show a long answer', 3],
      ['show waiting', 0],
    ] as const) {
      const abort = new AbortController();
      const answer = demoProvider({docs}).answer(request([user(question)]), {signal: abort.signal});
      const iterator = answer[Symbol.asyncIterator]();
      for (let i = 0; i < words; i++) assert.equal((await iterator.next()).done, false);
      const next = iterator.next();
      abort.abort();
      assert.equal((await next).done, true);
    }
  });

  test('a question of a million characters is answered in time', async () => {
    for (const question of [
      '“'.repeat(1_000_000),
      'weather '.repeat(125_000),
      '?'.repeat(1_000_000),
      'A'.repeat(1_000_000),
    ]) {
      const tools = [{name: 'weather', inputSchema: {type: 'object', properties: {city: {type: 'string'}}}}];
      const started = performance.now();
      assert.equal((await ask(question, {tools, toolChoice: 'required'})).message.status, 'done');
      assert.equal((await ask(question)).message.status, 'done');
      assert.ok(performance.now() - started < 60_000, `${performance.now() - started} ms`);
    }
  });
});

suite("questions about this project's own documents, which `npm run generate` writes", () => {
  const questions: Readonly<Record<string, RegExp>> = {
    'How do I use my own model?': /^_Models_ has this under \*\*Use your own model\*\*.*OPENAI_BASE_URL/s,
    'How do I put it on my site?':
      /^_A chat on your website_ has this under \*\*2\. Put it on your site\*\*.*chatlet\.js/s,
    'How do I embed the chat widget on my website?': /^_A chat on your website_/,
    'Does it work with Ollama?': /Use your own model.*11434/s,
    'Which port does the server listen on?': /`PORT`.*8000/s,
    'Can I change the colors?': /--chatlet-accent/,
    'What is Chatlet?': /^This is how _Chatlet_ begins:\n\nA chat that anyone can put on any website/,
  };
  for (const [question, pattern] of Object.entries(questions)) {
    test(`E16: the demo model answers “${question}” from the guide`, async () => {
      const {message} = await say([user(question)], {}, {pace: 'instant'});
      assert.match(textOf(message), pattern);
      assert.ok(message.parts.some((part) => part.type === 'source'));
    });
  }
});

test('the tokens of a text, joined, are the text', () => {
  for (const text of ['', ' ', 'a', ' a  b\n\nc ', '東京 tower 灯', '👩🏽‍🚀 e\u0301', '\ud800 x', 'x\0y']) {
    assert.equal(splitIntoTokens(text).join(''), text);
  }
  assert.deepEqual(splitIntoTokens('One two,\nthree  '), ['One', ' two,', '\nthree', '  ']);
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'chatlet-demo-'));
  return {path, [Symbol.asyncDispose]: () => rm(path, {recursive: true})};
}

function user(text: string): PromptMessage {
  return {role: 'user', parts: [{type: 'text', text}]};
}

function request(messages: readonly PromptMessage[], options: Partial<ProviderRequest> = {}): ProviderRequest {
  return {model: 'demo', messages, ...options};
}

interface Answer {
  readonly events: readonly ChatEvent[];
  readonly message: Message;
}

/** Asks one question, or the last of several after each other. */
function ask(questions: string | readonly string[], options: Partial<ProviderRequest> = {}): Promise<Answer> {
  const said = typeof questions === 'string' ? [questions] : questions;
  return say(said.map(user), options);
}

async function say(
  messages: readonly PromptMessage[],
  options: Partial<ProviderRequest> = {},
  provider: DemoProviderOptions = fixture,
): Promise<Answer> {
  const events: ChatEvent[] = [];
  const answer = demoProvider(provider).answer(request(messages, options), {signal: never});
  for await (const batch of answer) {
    assert.ok(batch.length > 0);
    events.push(...batch);
  }
  const empty = emptyAnswer({id: 'msg_1', createdAt: '2026-01-01T12:00:00.000Z'});
  return {events, message: events.reduce(applyEvent, empty)};
}
