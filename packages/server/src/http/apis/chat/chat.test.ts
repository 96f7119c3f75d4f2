/** Asking, reading, stopping, resuming, through the real server over a real upstream. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type IncomingMessage, request} from 'node:http';
import {suite, test} from 'node:test';
import {setTimeout} from 'node:timers/promises';
import {type Message, applyEvent, chatlet, createReader, emptyAnswer, textOf} from '@chatlet/protocol';
import {answered, json, ownProtocol, readUntil, startChat} from '../../../testing/chat-server.ts';
import {delta, done, pause, refuses, says} from '../../../testing/upstream.ts';

suite('an answer of /api/chat', () => {
  test('an answer arrives token by token, each before the next one is written', async () => {
    await using chat = await startChat();
    const pauses = [pause(), pause()];
    chat.upstream.script(async (exchange) => {
      for (const [index, point] of pauses.entries()) {
        await exchange.write(delta(`${index} `));
        await point.here();
      }
      exchange.end(delta('end') + done());
    });
    const response = await chat.post('/api/chat', {message: {text: 'Count'}});
    await readUntil(response, (text) => text === '0 ');
    pauses[0]?.go();
    await readUntil(response, (text) => text === '1 ');
    pauses[1]?.go();
    await readUntil(response, (text) => text === 'end');
  });

  test('a stream has headers against proxy buffering, and a keep-alive before the first word', async () => {
    await using chat = await startChat({heartbeat: 20});
    const thinking = pause();
    chat.upstream.script(async (exchange) => {
      await thinking.here();
      exchange.end(delta('Hi') + done());
    });
    const response = await chat.post('/api/chat', {message: {text: 'Hi'}});
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-cache, no-transform');
    assert.equal(response.headers.get('x-accel-buffering'), 'no');
    assert.match(response.headers.get('x-chat-id') ?? '', /^chat_/);
    const decoder = new TextDecoder();
    let raw = '';
    for await (const bytes of response.body!) {
      raw += decoder.decode(bytes, {stream: true});
      // The first keep-alive comes with the headers, further ones while the upstream is silent.
      if (raw.split('\n').filter((line) => line === ':').length >= 4) thinking.go();
    }
    assert.ok(raw.startsWith(':\n\n'));
    assert.ok(raw.includes('message-end'));
  });

  test('an answer is saved as it was streamed, with its question, a title and its usage', async () => {
    await using chat = await startChat();
    const {chatId, answer} = await chat.ask('What is the airspeed of an unladen swallow?\nPlease.');
    const [question, saved, ...more] = await chat.messages(chatId);
    assert.deepEqual(more, []);
    assert.equal(question?.content, 'What is the airspeed of an unladen swallow?\nPlease.');
    assert.equal(saved?.content, 'You said: What is the airspeed of an unladen swallow?\nPlease.');
    const {parts, status, usage, endReason, model, id}: Partial<Message> = saved ?? {};
    assert.deepEqual(
      {parts, status, usage, endReason, model, id},
      {
        parts: answer.parts,
        status: 'done',
        usage: {promptTokens: 9, completionTokens: 3},
        endReason: 'stop',
        model: 'test-model',
        id: answer.id,
      },
    );
    const [listed] = await chat.chats();
    assert.equal(listed?.title, 'What is the airspeed of an unladen swallow? Please.');
  });

  test('an answer cut off by the upstream ends with an error and is saved as interrupted, with its text', async () => {
    await using chat = await startChat();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Half an ans'));
      exchange.cut();
    });
    const {chatId, events, text} = await chat.ask('Hi');
    assert.equal(text, 'Half an ans');
    assert.equal(events.at(-1)?.type, 'error');
    const saved = (await chat.messages(chatId)).at(-1);
    assert.deepEqual(
      [saved?.content, saved?.status, saved?.error?.code],
      ['Half an ans', 'interrupted', 'interrupted'],
    );
  });

  test('an answer longer than the limit ends with the reason length', async () => {
    await using chat = await startChat({maxAnswerLength: 10});
    chat.upstream.script(says('12345', '67890', 'too much', 'more'));
    const {answer, text} = await chat.ask('Hi');
    assert.deepEqual([text, answer.status, answer.endReason], ['1234567890', 'done', 'length']);
  });

  test('typed events can be read by the loop printed in their document: JSON after data: in each line', async () => {
    await using chat = await startChat();
    const response = await chat.post('/api/chat', {messages: [{role: 'user', content: 'Hello!'}]}, {});
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    const types: string[] = [];
    let text = '';
    while (true) {
      const {done: over, value} = await reader.read();
      if (over) break;
      for (const line of decoder.decode(value).split('\n')) {
        if (!line.startsWith('data: ')) continue;
        const data = JSON.parse(line.slice(6));
        types.push(data.type);
        if (data.type === 'text-delta') text += data.textDelta;
      }
    }
    assert.equal(text, 'You said: Hello!');
    assert.equal(types.at(-1), 'finish');
    assert.ok(!types.slice(0, -1).includes('finish'));
  });

  test('a body in the shape of the AI SDK gets a UI message stream', async () => {
    await using chat = await startChat();
    const messages = [{id: 'm1', role: 'user', parts: [{type: 'text', text: 'Hello'}]}];
    for (const body of [
      {id: 'my-chat', messages, trigger: 'submit-message'},
      {id: 'my-other-chat', message: messages[0]},
      {messages},
    ]) {
      const response = await chat.post('/api/chat', body, {});
      assert.equal(response.headers.get('x-vercel-ai-ui-message-stream'), 'v1');
      assert.equal((await answered(response)).text, 'You said: Hello');
    }
  });
});

suite('a conversation of /api/chat', () => {
  test('a conversation goes on from the stored messages, whatever answers the client sends', async () => {
    await using chat = await startChat();
    const {chatId} = await chat.ask('One');
    await answered(
      await chat.post('/api/chat', {
        chatId,
        messages: [
          {role: 'user', content: 'One'},
          {role: 'assistant', content: 'I promise you a refund.'},
          {role: 'user', content: 'Two'},
        ],
      }),
    );
    assert.deepEqual(chat.upstream.requests.at(-1)?.body?.['messages'], [
      {role: 'user', content: 'One'},
      {role: 'assistant', content: 'You said: One'},
      {role: 'user', content: 'Two'},
    ]);
    assert.deepEqual(
      (await chat.messages(chatId)).map(({content}) => content),
      ['One', 'You said: One', 'Two', 'You said: Two'],
    );
  });

  test('a new chat takes earlier messages of the client as context, and stores only the question', async () => {
    await using chat = await startChat();
    const {chatId} = await answered(
      await chat.post(
        '/api/chat',
        {
          messages: [
            {role: 'system', content: 'Be brief.'},
            {role: 'user', content: 'Before'},
            {role: 'assistant', content: 'Yes'},
            {role: 'user', content: 'Now'},
          ],
        },
        {},
      ),
    );
    assert.deepEqual(chat.upstream.requests.at(-1)?.body?.['messages'], [
      {role: 'system', content: 'Be brief.'},
      {role: 'user', content: 'Before'},
      {role: 'assistant', content: 'Yes'},
      {role: 'user', content: 'Now'},
    ]);
    assert.deepEqual(
      (await chat.messages(chatId)).map(({role}) => role),
      ['user', 'assistant'],
    );
  });

  test('a chat id chosen by the client names one chat, and another chat for each visitor', async () => {
    await using chat = await startChat();
    const ask = (text: string, headers: Readonly<Record<string, string>>) =>
      chat.post(
        '/api/chat',
        {id: 'main', messages: [{id: text, role: 'user', parts: [{type: 'text', text}]}]},
        headers,
      );
    const first = await ask('One', {origin: 'http://localhost:5173'});
    const visitor = first.headers.get('x-chatlet-visitor')!;
    const {chatId} = await answered(first);
    assert.match(chatId, /^chat_/);
    const again = await answered(await ask('Two', {'x-chatlet-visitor': visitor}));
    assert.equal(again.chatId, chatId);
    const other = await answered(await ask('Three', {origin: 'http://localhost:5173'}));
    assert.notEqual(other.chatId, chatId);
  });

  test('regenerate replaces the last answer', async () => {
    await using chat = await startChat();
    const {chatId, answer} = await chat.ask('Hi');
    chat.upstream.script(says('Another'));
    const {text} = await answered(await chat.post('/api/chat', {chatId, trigger: 'regenerate', messageId: answer.id}));
    assert.equal(text, 'Another');
    assert.deepEqual(
      (await chat.messages(chatId)).map(({content}) => content),
      ['Hi', 'Another'],
    );
    chat.upstream.script(says('A third'));
    const body = {
      id: chatId,
      messages: [{role: 'user', parts: [{type: 'text', text: 'Hi'}]}],
      trigger: 'regenerate-message',
    };
    await answered(await chat.post('/api/chat', body, {}));
    assert.deepEqual(
      (await chat.messages(chatId)).map(({content}) => content),
      ['Hi', 'A third'],
    );
  });

  test('editing a question replaces it and removes all later messages', async () => {
    await using chat = await startChat();
    const {chatId} = await chat.ask('One', {message: {id: 'the-first-question', text: 'One'}});
    await chat.ask('Two', {chatId});
    await chat.ask('Uno', {chatId, trigger: 'edit', replaceFrom: 'the-first-question'});
    assert.deepEqual(
      (await chat.messages(chatId)).map(({content}) => content),
      ['Uno', 'You said: Uno'],
    );
    assert.deepEqual(chat.upstream.requests.at(-1)?.body?.['messages'], [{role: 'user', content: 'Uno'}]);
  });

  test('a second question while an answer is being written is a conflict', async () => {
    await using chat = await startChat({heartbeat: 150});
    const busy = pause();
    chat.upstream.script(async (exchange) => {
      await busy.here();
      exchange.end(delta('Done') + done());
    });
    const first = await chat.post('/api/chat', {message: {text: 'One'}});
    const chatId = first.headers.get('x-chat-id');
    const second = await chat.post('/api/chat', {chatId, message: {text: 'Two'}});
    assert.equal(second.status, 409);
    assert.equal((await json<{code: string}>(second)).code, 'conflict');
    busy.go();
    assert.equal((await answered(first)).text, 'Done');
  });
});

suite('the same question sent twice to /api/chat', () => {
  test('the same message id is answered once: at the same time, during the answer, and after its end', async () => {
    await using chat = await startChat();
    const writing = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Only '));
      await writing.here();
      exchange.end(delta('once') + done());
    });
    const body = {message: {id: 'question-4711-first-of-its-chat', text: 'Hi'}};
    const together = await Promise.all([chat.post('/api/chat', body), chat.post('/api/chat', body)]);
    await writing.reached;
    const during = await chat.post('/api/chat', body);
    writing.go();
    const after = async () => chat.post('/api/chat', body);
    const all = await Promise.all([...together, during].map(answered));
    all.push(await answered(await after()));
    assert.deepEqual(new Set(all.map(({text}) => text)), new Set(['Only once']));
    assert.equal(new Set(all.map(({answer}) => answer.id)).size, 1);
    assert.equal(chat.upstream.requests.length, 1);
    assert.equal((await chat.chats()).length, 1);
  });

  test('R-2: a message id sent again gets the past of its answer in pieces, as a resumption does', async () => {
    await using chat = await startChat();
    const writing = pause();
    chat.upstream.script(async (exchange) => {
      for (let index = 0; index < 100; index += 1) {
        await exchange.write(delta(`${index} ${'word '.repeat(8)}`));
        await setTimeout(2);
      }
      await writing.here();
      exchange.end(delta('end') + done());
    });
    const question = {message: {id: 'q1', text: 'Count'}};
    const first = await chat.post('/api/chat', question, ownProtocol);
    await readUntil(first, (text) => text.includes('99 '));
    const again = await chat.post('/api/chat', question, ownProtocol);
    const pieces: string[] = [];
    const decoder = new TextDecoder();
    for await (const bytes of again.body!) {
      const text = decoder.decode(bytes, {stream: true});
      pieces.push(text);
      if (text.includes('99 ')) writing.go();
    }
    // A browser throws away what has arrived together with the break of a connection.
    assert.ok(pieces.length >= 4, `It came in ${pieces.length} pieces.`);
    assert.ok(pieces[0]!.length < 1500, `The first piece has ${pieces[0]!.length} characters.`);
  });

  test('a message id sent again after its answer failed and the chat went on removes nothing', async () => {
    await using chat = await startChat();
    chat.upstream.script(refuses(500, {error: {message: 'No.'}}));
    const send = async (id: string) => {
      const body = {chatId: 'mine', message: {id, text: `Question ${id}`}};
      const response = await chat.post('/api/chat', body, {...ownProtocol, 'idempotency-key': `request-${id}`});
      await response.arrayBuffer();
      return response.headers.get('x-chat-id') ?? '';
    };
    const chatId = await send('one');
    await send('two');
    const before = await chat.messages(chatId);
    await send('one');
    assert.deepEqual(await chat.messages(chatId), before);
    assert.deepEqual(
      before.map(({status}) => status),
      ['done', 'failed', 'done', 'done'],
    );
    assert.equal(chat.upstream.requests.length, 2);
  });

  test('a message id sent again gets the saved answer when the turn log has forgotten it', async () => {
    const {memoryTurnLog} = await import('../../../turn-logs/memory.ts');
    await using chat = await startChat({turnLog: memoryTurnLog({keepFor: 0})});
    const body = {message: {id: 'question-4712-first-of-its-chat', text: 'Hi'}};
    const first = await answered(await chat.post('/api/chat', body));
    const second = await answered(await chat.post('/api/chat', body));
    assert.deepEqual(second.answer, first.answer);
    assert.equal(chat.upstream.requests.length, 1);
  });
});

suite('stop', () => {
  test('stop closes the upstream, keeps the text so far, and ends the stream as stopped', async () => {
    await using chat = await startChat();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await pause().here();
    });
    const response = await chat.post('/api/chat', {message: {text: 'Count'}});
    const chatId = response.headers.get('x-chat-id')!;
    await readUntil(response, (text) => text === 'One ');
    const stopped = await chat.post(`/api/chat/${chatId}/stop`, {});
    assert.deepEqual(await json(stopped), {stopped: true});
    await chat.upstream.first.abandoned;
    const saved = (await chat.messages(chatId)).at(-1);
    assert.deepEqual([saved?.content, saved?.status, saved?.endReason], ['One ', 'stopped', 'stopped']);
    assert.deepEqual(await json(await chat.post(`/api/chat/${chatId}/stop`, {})), {stopped: false});
  });

  test('stop of a missing chat is an error with capital codes, or with our own for the chatlet protocol', async () => {
    await using chat = await startChat();
    for (const [headers, code] of [
      [{}, 'NOT_FOUND'],
      [ownProtocol, 'not-found'],
    ] as const) {
      for (const response of [
        await chat.post('/api/chat/chat_x/stop', {}, headers),
        await chat.get('/api/chat/chat_x/stream', headers),
      ]) {
        assert.deepEqual([response.status, (await json<{code: string}>(response)).code], [404, code]);
      }
    }
    const lost = await json<{code: string}>(await chat.get('/api/chat/chat_x/nothing'));
    assert.equal(lost.code, 'NOT_FOUND');
  });

  test('stop reaches an upstream that has not said a word yet', async () => {
    await using chat = await startChat({heartbeat: 150});
    const silent = pause();
    chat.upstream.script(() => silent.here());
    const response = await chat.post('/api/chat', {message: {text: 'Hi'}});
    await silent.reached;
    await chat.post(`/api/chat/${response.headers.get('x-chat-id')}/stop`, {});
    await chat.upstream.first.abandoned;
    assert.equal((await answered(response)).answer.status, 'stopped');
  });

  test('deleting a chat stops its running answer, and nothing is left of it', async () => {
    await using chat = await startChat();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await pause().here();
    });
    const response = await chat.post('/api/chat', {message: {text: 'Count'}});
    const chatId = response.headers.get('x-chat-id')!;
    await readUntil(response, (text) => text === 'One ');
    const removed = await fetch(`${chat.url}/api/chats/${chatId}`, {method: 'DELETE'});
    assert.deepEqual(await json(removed), {success: true});
    await chat.upstream.first.abandoned;
    assert.equal((await chat.get(`/api/chats/${chatId}/messages`)).status, 404);
    assert.deepEqual(chat.reported, []);
  });
});

suite('a lost connection to /api/chat', () => {
  test('a lost connection does not end the answer of a stored chat', async () => {
    await using chat = await startChat();
    const lost = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('Before '));
      await lost.here();
      exchange.end(delta('and after') + done());
    });
    const listening = new AbortController();
    const response = await fetch(`${chat.url}/api/chat`, {
      method: 'POST',
      headers: {'content-type': 'application/json', ...ownProtocol},
      body: JSON.stringify({message: {text: 'Hi'}}),
      signal: listening.signal,
    });
    const chatId = response.headers.get('x-chat-id')!;
    await readUntil(response, (text) => text === 'Before ');
    listening.abort();
    lost.go();
    const resumed = await answered(await chat.get(`/api/chat/${chatId}/stream?after=0`));
    assert.equal(resumed.text, 'Before and after');
    assert.equal((await chat.messages(chatId)).at(-1)?.status, 'done');
  });

  test('a stream resumes after every event number, while the answer is written and afterwards', async () => {
    await using chat = await startChat();
    const middle = pause();
    const pieces = ['a', 'b', 'c', 'd', 'e', 'f'];
    chat.upstream.script(async (exchange) => {
      for (const piece of pieces) {
        await exchange.write(delta(piece));
        if (piece === 'c') await middle.here();
      }
      exchange.end(done());
    });
    const first = await chat.post('/api/chat', {message: {text: 'Hi'}});
    const chatId = first.headers.get('x-chat-id')!;
    const whole = first.clone();
    await readUntil(first, (text) => text === 'abc');
    const during = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6].map((after) => chat.get(`/api/chat/${chatId}/stream`, {'last-event-id': String(after)})),
    );
    middle.go();
    const {events} = await answered(whole);
    for (const [after, response] of during.entries()) {
      assert.deepEqual(await eventsIn(response), events.slice(after), `after ${after}`);
    }
    for (let after = 0; after <= events.length; after++) {
      const response = await chat.get(`/api/chat/${chatId}/stream?after=${after}`);
      assert.deepEqual(await eventsIn(response), events.slice(after), `after ${after} of ${events.length}`);
    }
  });

  test('a UI message stream resumes from its first chunk, and only while the answer is written', async () => {
    await using chat = await startChat();
    const middle = pause();
    chat.upstream.script(async (exchange) => {
      await exchange.write(delta('One '));
      await middle.here();
      exchange.end(delta('two') + done());
    });
    const messages = [{id: 'm1', role: 'user', parts: [{type: 'text', text: 'Hi'}]}];
    const first = await chat.post('/api/chat', {id: 'ui-chat', messages, trigger: 'submit-message'}, {});
    await readUntil(first.clone(), (text) => text === 'One ');
    const resumed = await chat.get('/api/chat/ui-chat/stream');
    assert.equal(resumed.headers.get('x-vercel-ai-ui-message-stream'), 'v1');
    middle.go();
    assert.equal((await answered(resumed)).text, 'One two');
    await answered(first);
    assert.equal((await chat.get('/api/chat/ui-chat/stream')).status, 204);
    assert.equal((await chat.get('/api/chat/never-begun/stream')).status, 204);
    const {chatId} = await chat.ask('Hi');
    assert.equal((await chat.get(`/api/chat/${chatId}/stream?after=1&messageId=msg_another`)).status, 204);
  });
});

suite('a slow reader of /api/chat', () => {
  test('backpressure: a slow reader makes the server wait, not buffer', async () => {
    await using chat = await startChat({maxAnswerLength: 40_000_000});
    const piece = delta('x'.repeat(16_000));
    const sent = pause();
    chat.upstream.script(async (exchange) => {
      for (let index = 0; index < 750; index++) await exchange.write(piece);
      exchange.end(done());
      await sent.here();
    });
    const response = await unread(`${chat.url}/api/chat`, {message: {text: 'Much'}});
    await sent.reached;
    const chatId = String(response.headers['x-chat-id']);
    // The turn goes on to its end without readers.
    await answered(await chat.get(`/api/chat/${chatId}/stream?after=1000000`));
    assert.ok(
      response.socket.bytesRead < 8_000_000,
      `${response.socket.bytesRead} bytes were pushed at a reader that reads none`,
    );
    // The reader still gets the rest when it reads on.
    const reader = createReader({dialect: chatlet});
    let answer = emptyAnswer({id: '', createdAt: ''});
    response.on('data', (bytes: Buffer) => {
      answer = reader.push(bytes).reduce(applyEvent, answer);
    });
    response.resume();
    await once(response, 'end');
    assert.equal(textOf(answer).length, 12_000_000);
    assert.equal(answer.status, 'done');
  });
});

/** The events in a response. Unlike `readEvents`, adds no error if the end is missing. */
async function eventsIn(response: Response) {
  return createReader({dialect: chatlet}).push(new Uint8Array(await response.arrayBuffer()));
}

/** A paused response. */
function unread(url: string, body: object): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = {'content-type': 'application/json', ...ownProtocol};
    request(url, {method: 'POST', headers}, (response) => resolve(response.pause()))
      .on('error', reject)
      .end(JSON.stringify(body));
  });
}
