/** Ollama's own client, for servers that switch its API on. */
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Ollama} from 'ollama';
import {delta, pause, says} from '../../server/src/testing/upstream.ts';
import {collect, endless, fetchUntil, startServer} from './testing/harness.ts';
import {thought, toolInput} from './testing/model.ts';

const messages = [{role: 'user', content: 'One two three'}];

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather at a place',
    parameters: {
      type: 'object',
      properties: {location: {type: 'string', description: 'Where'}},
      required: ['location'],
    },
  },
};

test("chat of Ollama's client gives a whole answer and a streamed one", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const whole = await client.chat({model: 'm', messages, stream: false});
  assert.deepEqual([whole.message.content, whole.done, whole.done_reason], ['One two three', true, 'stop']);
  assert.equal(whole.eval_count, 3);
  const pieces = await collect(await client.chat({model: 'm', messages, stream: true}));
  assert.equal(pieces.map(({message}) => message.content).join(''), 'One two three');
  assert.deepEqual(
    pieces.map(({done}) => done),
    [...pieces.slice(1).map(() => false), true],
  );
});

test("while the model is silent, Ollama's client gets chunks without text", async () => {
  await using chat = await startServer({ollama: true, heartbeat: 20});
  const thinking = pause();
  chat.script(async (exchange) => {
    await thinking.here();
    await says('Hi')(exchange);
  });
  const client = new Ollama({host: chat.url, fetch: fetchUntil(3, thinking.go)});
  const pieces = await collect(await client.chat({model: 'm', messages, stream: true}));
  assert.ok(pieces.length >= 5);
  assert.equal(pieces.map(({message}) => message.content).join(''), 'Hi');
  assert.deepEqual([pieces[0]?.model, pieces[0]?.done, pieces.at(-1)?.done], ['m', false, true]);
});

test("options, thinking and tools of Ollama's client work", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const short = await client.chat({model: 'm', messages, options: {num_predict: 1, temperature: 0, top_p: 0.5}});
  assert.equal(short.message.content, 'One');
  assert.equal(short.done_reason, 'length');
  const {max_tokens, temperature, top_p} = chat.asked;
  assert.deepEqual({max_tokens, temperature, top_p}, {max_tokens: 1, temperature: 0, top_p: 0.5});

  const thinking = await client.chat({model: 'm', messages: [{role: 'user', content: 'Think'}]});
  assert.equal(thinking.message.thinking, thought);

  const asked = {model: 'm', messages: [{role: 'user', content: 'What is the weather?'}], tools: [weather]};
  const {message} = await client.chat(asked);
  assert.deepEqual(message.tool_calls, [{function: {name: 'get_weather', arguments: toolInput}}]);
  const answer = await client.chat({...asked, messages: [...asked.messages, message, {role: 'tool', content: 'Fog'}]});
  assert.equal(answer.message.content, 'It says: Fog');
});

test("Ollama's client lists the models and the version", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const {models} = await client.list();
  assert.deepEqual(
    models.map(({name}) => name),
    ['m', 'anthropic/model-name', 'small'],
  );
  assert.match((await client.version()).version, /^\d+\.\d+/);
});

test("T2-24: generate of Ollama's client gives a whole answer and a streamed one, with its options", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const asked = {model: 'm', prompt: 'One two three', system: 'Be brief.', options: {temperature: 0}};
  const whole = await client.generate({...asked, stream: false});
  assert.deepEqual([whole.response, whole.done, whole.done_reason], ['One two three', true, 'stop']);
  assert.equal(whole.eval_count, 3);
  assert.deepEqual(chat.told, [
    {role: 'system', content: 'Be brief.'},
    {role: 'user', content: 'One two three'},
  ]);
  const pieces = await collect(await client.generate({...asked, prompt: 'Think of one', stream: true}));
  assert.equal(pieces.map(({response}) => response).join(''), 'Think of one');
  assert.equal(pieces.map(({thinking = ''}) => thinking).join(''), thought);
  assert.deepEqual([pieces.at(-1)?.done, pieces.at(-1)?.eval_count], [true, 3]);

  const short = await client.generate({...asked, options: {num_predict: 1}});
  assert.deepEqual([short.response, short.done_reason], ['One', 'length']);
  const image = await client.generate({model: 'm', prompt: 'What is this?', images: ['iVBORw0KGgo=']});
  assert.match(JSON.stringify(chat.told), /image\/png;base64,iVBORw0KGgo=/);
  assert.equal(image.done, true);
});

test('T2-24: a question without words loads nothing, and what no model obeys is named', async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const loaded = await client.generate({model: 'm', prompt: ''});
  assert.deepEqual([loaded.done, loaded.done_reason, loaded.response], [true, 'load', '']);
  await assert.rejects(client.generate({model: 'no-such-model', prompt: ''}), {status_code: 404});
  for (const more of [{raw: true}, {suffix: 'end'}, {template: '{{ .Prompt }}'}]) {
    await assert.rejects(client.generate({model: 'm', prompt: 'Hi', ...more}), /cannot be passed on/);
  }
  assert.deepEqual(chat.requests, []);
});

test("T2-24: Ollama's client gets embeddings in both forms", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const {embeddings, model, prompt_eval_count} = await client.embed({model: 'embed-1', input: ['One', 'Three']});
  assert.deepEqual(embeddings, [
    [3, 0.5, -1],
    [5, 0.5, -1],
  ]);
  assert.deepEqual([model, prompt_eval_count], ['embed-1', 2]);
  await client.embed({model: 'embed-1', input: 'One', dimensions: 3});
  assert.deepEqual(chat.asked, {model: 'embed-1', input: ['One'], encoding_format: 'float', dimensions: 3});
  const {embedding} = await client.embeddings({model: 'embed-1', prompt: 'Three'});
  assert.deepEqual(embedding, [5, 0.5, -1]);
});

test("T2-24: Ollama's client sees the facts of a model, and that none is loaded here", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  const {details, capabilities, model_info} = await client.show({model: 'anthropic/model-name'});
  assert.deepEqual(capabilities, ['completion', 'tools', 'thinking']);
  assert.match(JSON.stringify(model_info), /\.context_length":200000/);
  assert.equal(details.parent_model, '');
  await assert.rejects(client.show({model: 'no-such-model'}), {status_code: 404});
  assert.deepEqual((await client.ps()).models, []);
});

test("Ollama's client rejects on an error, and leaving frees the upstream", async () => {
  await using chat = await startServer({ollama: true});
  const client = new Ollama({host: chat.url});
  await assert.rejects(client.chat({model: 'no-such-model', messages}), {status_code: 404});
  chat.script(async (exchange) => {
    await exchange.write(delta('Half an '));
    exchange.cut();
  });
  await assert.rejects(async () => collect(await client.chat({model: 'm', messages, stream: true})));
  const {script, begun, freed} = endless();
  chat.script(script);
  const stream = await client.chat({model: 'm', messages, stream: true});
  await begun;
  const reading = collect(stream).catch(() => []);
  stream.abort();
  await freed;
  await reading;
});

test("T2-24: if Ollama's API is off, Ollama's client is told how to switch it on", async () => {
  await using chat = await startServer();
  const client = new Ollama({host: chat.url});
  const isTold = (error: Error & {status_code?: number}) => {
    assert.equal(error.status_code, 404);
    assert.match(error.message, /"ollama": true/);
    return true;
  };
  await assert.rejects(client.list(), isTold);
  await assert.rejects(client.chat({model: 'm', messages}), isTold);
  await assert.rejects(async () => client.chat({model: 'm', messages, stream: true}), isTold);
  await assert.rejects(client.generate({model: 'm', prompt: 'Hi'}), isTold);
  await assert.rejects(client.show({model: 'm'}), isTold);
  // Its user agent is no reason to refuse those who say what they read.
  const agent = {'user-agent': 'ollama-js/0.6.4', 'x-chat-protocol': 'typed-events'};
  const response = await chat.post('/api/chat', {model: 'm', messages}, agent);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  await response.text();
});
