/** Pages that ask servers of others: an agent made with AG-UI's own packages, and Ollama's bytes as its documentation prints them. */
import assert from 'node:assert/strict';
import {once} from 'node:events';
import {type ServerResponse, createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {type TestContext, suite, test} from 'node:test';
import {type BaseEvent, EventType} from '@ag-ui/core';
import {EventSchema, RunAgentInputSchema} from '@ag-ui/core/schemas';
import {EventEncoder} from '@ag-ui/encoder';
import {openPage} from './browser.ts';
import {ask, lastAnswer, untilShown} from './chat-page.ts';
import {setStage} from './stage.ts';
import {startStaticSite} from './static-site.ts';

interface Asked {
  readonly path: string;
  readonly accept: string;
  readonly body: unknown;
}

suite('a chat that asks a server of others', () => {
  const stage = setStage();

  /** Starts a server that allows every origin, and opens a page with a chat that asks it. */
  async function openChat(t: TestContext, api: string, answer: (asked: Asked, res: ServerResponse) => void) {
    const server = createServer((req, res) => {
      const {origin = '*', 'access-control-request-headers': headers = ''} = req.headers;
      res.setHeader('access-control-allow-origin', origin);
      if (req.method === 'OPTIONS') {
        res.writeHead(204, {'access-control-allow-headers': headers}).end();
        return;
      }
      let text = '';
      req.setEncoding('utf8');
      req.on('data', (piece: string) => (text += piece));
      req.on('end', () => {
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        answer({path: req.url ?? '', accept: req.headers.accept ?? '', body}, res);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const site = await startStaticSite({
      pages: {
        '/index.html': `<!doctype html><link rel="icon" href="data:," />
          <script type="module" src="${stage.server.url}/chatlet.js"></script>
          <chatlet-chat style="height: 600px" api="${api}" endpoint="${endpoint}"></chatlet-chat>`,
      },
    });
    const context = await stage.browser.newContext({viewport: {width: 480, height: 640}});
    t.after(async () => {
      await context.close();
      await site.close();
      server.close();
      server.closeAllConnections();
    });
    return openPage(context, site.url);
  }

  test('an agent of AG-UI thinks, calls a tool and answers, and gets its state and its messages back', async (t) => {
    const inputs: ReturnType<typeof RunAgentInputSchema.parse>[] = [];
    const {page, complaints} = await openChat(t, 'ag-ui', ({accept, body}, res) => {
      const input = RunAgentInputSchema.parse(body);
      inputs.push(input);
      const {threadId, runId} = input;
      const encoder = new EventEncoder({accept});
      res.writeHead(200, {'content-type': encoder.getContentType()});
      const events: readonly BaseEvent[] = [
        {type: EventType.RUN_STARTED, threadId, runId},
        {type: EventType.STEP_STARTED, stepName: 'plan'},
        {type: EventType.STATE_SNAPSHOT, snapshot: {turns: 0}},
        {type: EventType.STATE_DELTA, delta: [{op: 'replace', path: '/turns', value: inputs.length}]},
        {type: EventType.REASONING_MESSAGE_CONTENT, messageId: `r${inputs.length}`, delta: 'Hm'},
        {type: EventType.TOOL_CALL_CHUNK, toolCallId: `c${inputs.length}`, toolCallName: 'weather', delta: '{"city":'},
        {type: EventType.TOOL_CALL_CHUNK, delta: '"Bern"}'},
        {
          type: EventType.TOOL_CALL_RESULT,
          messageId: `t${inputs.length}`,
          toolCallId: `c${inputs.length}`,
          content: 'wet',
        },
        {type: EventType.TEXT_MESSAGE_CHUNK, messageId: `a${inputs.length}`, delta: 'It is '},
        {type: EventType.TEXT_MESSAGE_CHUNK, delta: '**wet**.'},
        {type: EventType.STEP_FINISHED, stepName: 'plan'},
        {type: EventType.RUN_FINISHED, threadId, runId},
      ];
      for (const event of events) {
        EventSchema.parse(event);
        res.write(encoder.encode(event));
      }
      res.end();
    });
    await ask(page, 'Weather?');
    await lastAnswer(page).locator('strong', {hasText: 'wet'}).waitFor();
    assert.match((await lastAnswer(page).locator('[part=reasoning]').textContent()) ?? '', /Hm/);
    assert.match((await lastAnswer(page).locator('[part=tool]').textContent()) ?? '', /weather.*Bern.*wet/s);
    await ask(page, 'And now?');
    await untilShown(page, ['Weather?', 'It is wet.', 'And now?', 'It is wet.']);
    const [first, second] = inputs;
    assert.ok(first && second);
    assert.equal(second.threadId, first.threadId);
    assert.notEqual(second.runId, first.runId);
    assert.deepEqual([first.state, second.state], [{}, {turns: 1}]);
    assert.deepEqual(
      second.messages.map(({id, role}) => [id, role]),
      [
        [first.messages[0]?.id, 'user'],
        ['r1', 'reasoning'],
        ['c1', 'assistant'],
        ['t1', 'tool'],
        ['a1', 'assistant'],
        [second.messages.at(-1)?.id, 'user'],
      ],
    );
    assert.deepEqual(complaints, []);
  });

  test('an agent of AG-UI that waits shows a card, and goes on with what the visitor has answered', async (t) => {
    const approved = {type: 'object', properties: {approved: {type: 'boolean'}}, required: ['approved']};
    const edited = {...approved, properties: {...approved.properties, editedArgs: {type: 'object'}}};
    const asks = [
      {message: 'Send this mail to Bo?', toolCallId: 'c1', reason: 'tool_call', responseSchema: edited},
      {message: 'Tell the others too?', reason: 'team:tell', responseSchema: approved},
    ];
    const inputs: ReturnType<typeof RunAgentInputSchema.parse>[] = [];
    const {page, complaints} = await openChat(t, 'ag-ui', ({accept, body}, res) => {
      const input = RunAgentInputSchema.parse(body);
      inputs.push(input);
      const {threadId, runId, resume} = input;
      const encoder = new EventEncoder({accept});
      res.writeHead(200, {'content-type': encoder.getContentType()});
      const run = inputs.length;
      const say = (delta: string) => ({type: EventType.TEXT_MESSAGE_CHUNK, messageId: `a${run}`, delta});
      const asked = asks[run - 1];
      const events: readonly BaseEvent[] = [
        {type: EventType.RUN_STARTED, threadId, runId},
        ...(run === 1
          ? [
              {type: EventType.TOOL_CALL_START, toolCallId: 'c1', toolCallName: 'send_mail'},
              {type: EventType.TOOL_CALL_ARGS, toolCallId: 'c1', delta: '{"to":"Bo"}'},
              {type: EventType.TOOL_CALL_END, toolCallId: 'c1'},
            ]
          : []),
        ...(run === 2
          ? [{type: EventType.TOOL_CALL_RESULT, messageId: 't1', toolCallId: 'c1', content: 'sent'}, say('It is sent.')]
          : []),
        ...(run === 3 ? [say(resume?.[0]?.payload?.reason)] : []),
        {
          type: EventType.RUN_FINISHED,
          threadId,
          runId,
          ...(asked && {outcome: {type: 'interrupt', interrupts: [{id: `i${run}`, ...asked}]}}),
        },
      ];
      for (const event of events) {
        EventSchema.parse(event);
        res.write(encoder.encode(event));
      }
      res.end();
    });
    await ask(page, 'Write to Bo');
    const mail = lastAnswer(page).getByRole('group', {name: 'Send this mail to Bo?'});
    await mail.getByRole('button', {name: 'Change'}).click();
    await mail.getByRole('textbox', {name: 'Input'}).fill('{"to": "Bo", "subject": "Hi"}');
    assert.equal(await mail.getByRole('button', {name: 'Allow for this chat'}).count(), 0);
    await mail.getByRole('button', {name: 'Allow once'}).click();

    const team = lastAnswer(page).getByRole('group', {name: 'Tell the others too?'});
    await team.getByRole('button', {name: 'Refuse'}).click();
    assert.equal(await team.getByRole('button', {name: 'Change'}).count(), 0);
    await team.getByRole('textbox').fill('Not yet');
    await team.getByRole('button', {name: 'Refuse'}).click();
    await untilShown(page, ['Write to Bo', 'It is sent.', 'Not yet']);
    assert.match((await lastAnswer(page).locator('[part=tool]').first().textContent()) ?? '', /send_mail.*Hi.*sent/s);

    const [, second, third] = inputs;
    assert.ok(second && third && inputs.length === 3);
    assert.deepEqual(second.resume, [
      {
        interruptId: 'i1',
        status: 'resolved',
        payload: {approved: true, editedArgs: {to: 'Bo', subject: 'Hi'}},
      },
    ]);
    assert.deepEqual(third.resume, [
      {interruptId: 'i2', status: 'resolved', payload: {approved: false, reason: 'Not yet'}},
    ]);
    // As the agent made them, the call that waits included.
    assert.deepEqual(
      third.messages.map(({id, role}) => [id, role]),
      [
        [second.messages[0]?.id, 'user'],
        ['c1', 'assistant'],
        ['t1', 'tool'],
        ['a2', 'assistant'],
      ],
    );
    assert.deepEqual(complaints, []);
  });

  test('an agent of AG-UI that fails says why in words', async (t) => {
    const {page} = await openChat(t, 'ag-ui', ({accept}, res) => {
      const encoder = new EventEncoder({accept});
      res.writeHead(200, {'content-type': encoder.getContentType()});
      const failed: BaseEvent = {type: EventType.RUN_ERROR, message: 'Wait 300 seconds.', code: 'rate_limit_exceeded'};
      EventSchema.parse(failed);
      res.end(encoder.encode(failed));
    });
    await ask(page, 'Weather?');
    await lastAnswer(page).getByText('Too many messages').waitFor();
    await page.getByRole('button', {name: /^Retry in \d+/}).waitFor();
  });

  test('Ollama’s lines are read as its documentation prints them, and its first model is asked', async (t) => {
    // https://docs.ollama.com/api/chat, https://docs.ollama.com/api/tags
    const lines = [
      '{"model":"gemma3","created_at":"2025-10-17T23:14:07.414671Z","message":{"role":"assistant","content":"The"},"done":false}',
      '{"model":"gemma3","created_at":"2025-10-17T23:14:07.414671Z","message":{"role":"assistant","content":" sky"},"done":false}',
      '{"model":"gemma3","created_at":"2025-10-17T23:14:07.414671Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","total_duration":174560334,"load_duration":101397084,"prompt_eval_count":11,"prompt_eval_duration":13074791,"eval_count":18,"eval_duration":52479709}',
    ];
    const asked: Asked[] = [];
    const {page, complaints} = await openChat(t, 'ollama', (request, res) => {
      if (request.path === '/api/tags') {
        res.writeHead(200, {'content-type': 'application/json; charset=utf-8'});
        res.end(
          '{"models":[{"name":"gemma3","model":"gemma3","modified_at":"2025-10-03T23:34:03.409490317-07:00","size":3338801804,"digest":"a2af6cc3eb7f","details":{"format":"gguf","family":"gemma","families":["gemma"],"parameter_size":"4.3B","quantization_level":"Q4_K_M"}}]}',
        );
        return;
      }
      asked.push(request);
      res.writeHead(200, {'content-type': 'application/x-ndjson'});
      for (const line of lines) res.write(`${line}\n`);
      res.end();
    });
    await ask(page, 'why is the sky blue?');
    await untilShown(page, ['why is the sky blue?', 'The sky']);
    assert.deepEqual(
      asked.map(({path, body}) => [path, body]),
      [['/api/chat', {model: 'gemma3', messages: [{role: 'user', content: 'why is the sky blue?'}], stream: true}]],
    );
    assert.deepEqual(complaints, []);
  });

  test('a model that Ollama does not have is told as that', async (t) => {
    const {page} = await openChat(t, 'ollama', ({path}, res) => {
      const isList = path === '/api/tags';
      res.writeHead(isList ? 200 : 404, {'content-type': 'application/json; charset=utf-8'});
      res.end(isList ? '{"models":[{"name":"gone"}]}' : '{"error":"model \'gone\' not found"}');
    });
    await ask(page, 'Hello');
    await lastAnswer(page).getByText('This model is gone.').waitFor();
  });
});
