/** How a conversation is written for each foreign API: turns, calls with their results, and files. */
import assert from 'node:assert/strict';
import {suite, test} from 'node:test';
import type {Json, JsonObject, Message, Part} from '@chatlet/protocol';
import type {ChatRequest} from '../transport.ts';
import {writeBody as agUiBody} from './ag-ui.ts';
import {applyPatch} from './json-patch.ts';
import {writeBody as ollamaBody} from './ollama.ts';
import {writeBody as responsesBody} from './responses.ts';

const message = (id: string, role: Message['role'], ...parts: readonly Part[]): Message => ({
  id,
  role,
  parts,
  status: 'done',
  createdAt: '',
});
const said = (text: string): Part => ({type: 'text', text});
const call = {
  type: 'tool',
  callId: 'c1',
  name: 'weather',
  input: {city: 'Bern'},
  state: 'done',
  output: {t: 20},
} as const;

const request: ChatRequest = {
  trigger: 'send',
  chatId: 'chat_1',
  messages: [
    message('s', 'system', said('Be brief')),
    message('q1', 'user', said('Weather?')),
    message(
      'a1',
      'assistant',
      {type: 'reasoning', text: 'Hm'},
      said('Let me see.'),
      call,
      {...call, callId: 'c2', inputText: '{"city": "Bern"}', output: 'wet'},
      {type: 'tool', callId: 'c3', name: 'weather', input: {}, state: 'running'},
      said('20 '),
      {type: 'source', id: '1', title: 'A'},
      said('degrees'),
    ),
    message('a2', 'assistant'),
    message(
      'q2',
      'user',
      said('And these?'),
      {type: 'file', url: 'data:image/png;base64,AAAA', mediaType: 'image/png', detail: 'low'},
      {type: 'file', url: 'https://example.com/b.jpg', mediaType: 'image/jpeg'},
      {type: 'file', url: 'data:application/pdf;base64,BBBB', mediaType: 'application/pdf', name: 'plan.pdf'},
    ),
  ],
};

const noModel = {model: undefined};

suite('a conversation for a foreign API', () => {
  test('has calls and their results as items of their own in the Responses API', () => {
    assert.deepEqual(responsesBody(request), {
      ...noModel,
      stream: true,
      store: false,
      input: [
        {role: 'system', content: 'Be brief'},
        {role: 'user', content: 'Weather?'},
        {role: 'assistant', content: 'Let me see.'},
        {type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"city":"Bern"}'},
        {type: 'function_call_output', call_id: 'c1', output: '{"t":20}'},
        {type: 'function_call', call_id: 'c2', name: 'weather', arguments: '{"city": "Bern"}'},
        {type: 'function_call_output', call_id: 'c2', output: 'wet'},
        {role: 'assistant', content: '20 degrees'},
        {
          role: 'user',
          content: [
            {type: 'input_text', text: 'And these?'},
            {type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low'},
            {type: 'input_image', image_url: 'https://example.com/b.jpg', detail: 'auto'},
            {type: 'input_file', filename: 'plan.pdf', file_data: 'data:application/pdf;base64,BBBB'},
          ],
        },
      ],
    });
  });

  test('has no blank text between two calls', () => {
    const blank = message('a', 'assistant', call, said('\n\n'), {...call, callId: 'c2'}, said('Done.'));
    const {messages} = Object(ollamaBody({...request, messages: [blank]})) as {messages: JsonObject[]};
    assert.deepEqual(
      messages.map(({role, content}) => [role, content]),
      [
        ['assistant', ''],
        ['tool', '{"t":20}'],
        ['tool', '{"t":20}'],
        ['assistant', 'Done.'],
      ],
    );
  });

  test('has calls without ids in Ollama’s, and names the files that Ollama does not take', () => {
    const called = {function: {name: 'weather', arguments: {city: 'Bern'}}};
    assert.deepEqual(ollamaBody(request), {
      ...noModel,
      stream: true,
      messages: [
        {role: 'system', content: 'Be brief'},
        {role: 'user', content: 'Weather?'},
        {role: 'assistant', content: 'Let me see.', tool_calls: [called, called]},
        {role: 'tool', tool_name: 'weather', content: '{"t":20}'},
        {role: 'tool', tool_name: 'weather', content: 'wet'},
        {role: 'assistant', content: '20 degrees'},
        {role: 'user', content: 'And these?\n[https://example.com/b.jpg]\n[plan.pdf]', images: ['AAAA']},
      ],
    });
  });

  test('has messages with ids in AG-UI, and each run has an id', () => {
    const {runId, ...body} = Object(agUiBody(request)) as Record<string, unknown>;
    assert.match(String(runId), /^run_[0-9a-z]{24}$/);
    const toolCall = (id: string, args: string) => ({
      id,
      type: 'function',
      function: {name: 'weather', arguments: args},
    });
    assert.deepEqual(body, {
      threadId: 'chat_1',
      state: {},
      tools: [],
      context: [],
      forwardedProps: noModel,
      messages: [
        {id: 's', role: 'system', content: 'Be brief'},
        {id: 'q1', role: 'user', content: 'Weather?'},
        {
          id: 'a1',
          role: 'assistant',
          content: 'Let me see.',
          toolCalls: [toolCall('c1', '{"city":"Bern"}'), toolCall('c2', '{"city": "Bern"}')],
        },
        {id: 'c1_result', role: 'tool', toolCallId: 'c1', content: '{"t":20}'},
        {id: 'c2_result', role: 'tool', toolCallId: 'c2', content: 'wet'},
        {id: 'a1_2', role: 'assistant', content: '20 degrees'},
        {
          id: 'q2',
          role: 'user',
          content: [
            {type: 'text', text: 'And these?'},
            {type: 'image', source: {type: 'data', value: 'AAAA', mimeType: 'image/png'}},
            {type: 'image', source: {type: 'url', value: 'https://example.com/b.jpg', mimeType: 'image/jpeg'}},
            {type: 'document', source: {type: 'data', value: 'BBBB', mimeType: 'application/pdf'}},
          ],
        },
      ],
    });
  });
});

suite('what an agent gets back', () => {
  const kept = (metadata: JsonObject): Part => ({type: 'reasoning', text: '', providerMetadata: {'ag-ui': metadata}});
  const bodyAfter = (...answers: readonly Message[]) =>
    Object(agUiBody({trigger: 'send', messages: [...answers, message('q', 'user', said('And now?'))]})) as Record<
      string,
      unknown
    >;

  test('its own messages in place of ours, without calls that have no result', () => {
    const toolCalls = [{id: 'c1'}, {id: 'c2'}];
    const own = [
      {id: 'm1', role: 'assistant', content: 'Let me see.', toolCalls},
      {id: 'm2', role: 'tool', toolCallId: 'c1', content: 'wet'},
      {id: 'm3', role: 'assistant', toolCalls: [{id: 'c3'}]},
    ];
    const {messages} = bodyAfter(message('m1', 'assistant', said('Let me see.'), kept({messages: own})));
    assert.deepEqual(messages, [
      {...own[0], toolCalls: [{id: 'c1'}]},
      own[1],
      {id: 'm3', role: 'assistant'},
      {id: 'q', role: 'user', content: 'And now?'},
    ]);
  });

  test('its state after all answers', () => {
    const {state, resume} = bodyAfter(
      message('a1', 'assistant', kept({changes: [{snapshot: {list: ['a']}}]})),
      message('a2', 'assistant', kept({changes: [{delta: [{op: 'add', path: '/list/-', value: 'b'}]}]})),
    );
    assert.deepEqual(state, {list: ['a', 'b']});
    assert.equal(resume, undefined);
  });

  test('that nobody has agreed, if it waits for a person', () => {
    const waits = message('a1', 'assistant', said('Send?'), kept({interrupts: [{id: 'i1'}]}));
    assert.deepEqual(bodyAfter(waits)['resume'], [{interruptId: 'i1', status: 'cancelled'}]);
    assert.equal(bodyAfter(waits, message('a2', 'assistant', said('Ok')))['resume'], undefined);
  });
});

suite('how an agent goes on with the replies of a visitor', () => {
  const kept = (metadata: JsonObject): Part => ({type: 'reasoning', text: '', providerMetadata: {'ag-ui': metadata}});
  const waiting = (callId: string, reply?: Json): Part => ({
    type: 'tool',
    callId,
    name: 'send',
    input: {},
    state: reply === undefined ? 'waiting' : 'running',
    ...(reply !== undefined && {kept: reply}),
  });
  const question = message('q', 'user', said('Go'));
  const own = [{id: 'm1', role: 'assistant', toolCalls: [{id: 'c1'}, {id: 'c2'}]}];
  const interruptsOf = (...callIds: readonly string[]) =>
    kept({interrupts: callIds.map((callId) => ({id: `i-${callId}`, callId}))});
  const bodyOf = (answer: Message, trigger: ChatRequest['trigger'] = 'continue', ...more: readonly Message[]) =>
    Object(agUiBody({trigger, messages: [question, answer, ...more]})) as Record<string, unknown>;

  test('with the replies in the form that each question wants, behind the calls that wait', () => {
    const rows: readonly (readonly [reply: Json, entry: JsonObject, asked?: JsonObject])[] = [
      [{approval: 'once'}, {status: 'resolved', payload: {approved: true}}],
      [
        {approval: 'once', input: {a: 1}},
        {status: 'resolved', payload: {approved: true, editedArgs: {a: 1}}},
      ],
      [
        {approval: 'refused', reason: 'No'},
        {status: 'resolved', payload: {approved: false, reason: 'No'}},
      ],
      [{approval: 'once'}, {status: 'resolved', payload: true}, {payload: 'boolean'}],
      [{approval: 'refused'}, {status: 'resolved', payload: false}, {payload: 'boolean'}],
      [
        {action: 'accept', content: {city: 'Bern'}},
        {status: 'resolved', payload: {city: 'Bern'}},
      ],
      [{action: 'accept'}, {status: 'resolved'}],
      [{action: 'decline'}, {status: 'cancelled'}],
    ];
    for (const [reply, entry, asked] of rows) {
      const interrupts = kept({interrupts: [{id: 'i1', callId: 'c1', ...asked}]});
      const answer = message('a1', 'assistant', waiting('c1', reply), kept({messages: own}), interrupts);
      const {resume, messages} = bodyOf(answer);
      assert.deepEqual(resume, [{interruptId: 'i1', ...entry}]);
      assert.deepEqual(messages, [{id: 'q', role: 'user', content: 'Go'}, ...own]);
    }
  });

  test('with all of them together; a new question cancels those that have none', () => {
    const answer = {
      ...message('a1', 'assistant', waiting('c1', {approval: 'once'}), waiting('c2'), interruptsOf('c1', 'c2')),
      status: 'waiting',
    } as const;
    assert.deepEqual(bodyOf(answer, 'send', message('q2', 'user', said('Else')))['resume'], [
      {interruptId: 'i-c1', status: 'resolved', payload: {approved: true}},
      {interruptId: 'i-c2', status: 'cancelled'},
    ]);
  });

  test('as cancelled if another answer is wanted instead of the one that waits', () => {
    const waits = message(
      'a1',
      'assistant',
      waiting('c1', {approval: 'once'}),
      waiting('c2'),
      interruptsOf('c1', 'c2'),
    );
    const replaced = {...waits, status: 'waiting'} as const;
    const {resume, messages} = Object(agUiBody({trigger: 'regenerate', messages: [question], replaced}));
    assert.deepEqual(resume, [
      {interruptId: 'i-c1', status: 'cancelled'},
      {interruptId: 'i-c2', status: 'cancelled'},
    ]);
    assert.deepEqual(messages, [{id: 'q', role: 'user', content: 'Go'}]);
    const done = message('a1', 'assistant', said('Done.'));
    assert.equal(Object(agUiBody({trigger: 'regenerate', messages: [question], replaced: done}))['resume'], undefined);
  });

  test('once: later questions bring the words of both runs, each under its own id', () => {
    const sent = {...waiting('c1', {approval: 'once'}), state: 'done', output: 'sent'} as const;
    const runs = [sent, said('Hm'), kept({messages: own}), interruptsOf('c1')];
    const {resume, messages} = bodyOf(
      message('m9', 'assistant', ...runs, said('Sent.')),
      'send',
      message('q2', 'user', said('Thanks')),
    );
    assert.equal(resume, undefined);
    assert.deepEqual(messages, [
      {id: 'q', role: 'user', content: 'Go'},
      {id: 'm1', role: 'assistant'},
      {id: 'm9', role: 'assistant', content: 'Sent.'},
      {id: 'q2', role: 'user', content: 'Thanks'},
    ]);
    // The second run had nothing to say.
    const silent = message('m9', 'assistant', ...runs);
    assert.equal(bodyOf(silent, 'send', message('q2', 'user', said('Thanks')))['resume'], undefined);
  });
});

suite('JSON Patch', () => {
  const document = {a: 1, list: ['x', 'z'], 'b/c': {'~': true}};
  const cases: readonly (readonly [string, readonly object[], Json])[] = [
    ['adds to an object', [{op: 'add', path: '/d', value: {e: 2}}], {...document, d: {e: 2}}],
    ['adds into a list', [{op: 'add', path: '/list/1', value: 'y'}], {...document, list: ['x', 'y', 'z']}],
    ['adds to the end of a list', [{op: 'add', path: '/list/-', value: 'y'}], {...document, list: ['x', 'z', 'y']}],
    ['replaces', [{op: 'replace', path: '/list/0', value: 'w'}], {...document, list: ['w', 'z']}],
    ['replaces the whole', [{op: 'replace', path: '', value: []}], []],
    ['removes, with escaped keys', [{op: 'remove', path: '/b~1c/~0'}], {...document, 'b/c': {}}],
    ['removes from a list', [{op: 'remove', path: '/list/0'}], {...document, list: ['z']}],
    ['moves', [{op: 'move', from: '/a', path: '/list/0'}], {list: [1, 'x', 'z'], 'b/c': {'~': true}}],
    ['copies', [{op: 'copy', from: '/list', path: '/a'}], {...document, a: ['x', 'z']}],
    [
      'goes on after a test',
      [
        {op: 'test', path: '/a', value: 1},
        {op: 'remove', path: '/a'},
      ],
      {list: ['x', 'z'], 'b/c': {'~': true}},
    ],
    [
      'does nothing at all if a test fails',
      [
        {op: 'remove', path: '/a'},
        {op: 'test', path: '/list/0', value: 'y'},
      ],
      document,
    ],
    ['does nothing if the place is not there', [{op: 'remove', path: '/nothing'}], document],
    ['does nothing if there is nothing to replace', [{op: 'replace', path: '/nothing', value: 1}], document],
    ['does nothing beyond the end of a list', [{op: 'add', path: '/list/7', value: 1}], document],
    ['does not follow a prototype', [{op: 'add', path: '/__proto__/bad', value: 1}], document],
    ['does nothing if it does not know the operation', [{op: 'merge', path: '/a', value: 1}], document],
  ];
  for (const [what, patch, expected] of cases) {
    test(`a patch ${what}`, () => assert.deepEqual(applyPatch(document, patch), expected));
  }
});
