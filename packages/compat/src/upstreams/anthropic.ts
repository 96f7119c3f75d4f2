/** Anthropic's messages with a model that thinks before it calls a tool, and wants the signed thought back. */
import {type Body, type Emulator, type Heard, type Reply, messagesOf} from './emulator.ts';

const event = (name: string, fields: object) => `event: ${name}\ndata: ${JSON.stringify({type: name, ...fields})}\n\n`;

const error = (status: number, type: string, message: string): Reply => ({
  status,
  body: {type: 'error', error: {type, message}, request_id: 'req_1'},
});

interface Block {
  readonly id?: string;
  readonly type?: string;
  readonly signature?: string;
}

const blocksOf = (content: unknown): readonly Block[] => (Array.isArray(content) ? content : []);

function questionAt(messages: ReturnType<typeof messagesOf>): number {
  return messages.findLastIndex(
    ({role, content}) => role === 'user' && blocksOf(content).some(({type}) => type === 'text'),
  );
}

function read(body: Body): Heard {
  const messages = messagesOf(body);
  const at = questionAt(messages);
  const after = messages.slice(at).flatMap(({content}) => blocksOf(content));
  return {
    question: JSON.stringify(messages[at]?.content ?? ''),
    results: after.filter(({type}) => type === 'tool_result').length,
    hasTools: Array.isArray(body['tools']),
  };
}

export const anthropic: Emulator = {
  name: 'Anthropic',
  kind: 'anthropic',
  address: 'https://api.anthropic.com/v1',
  path: '/v1',
  keyHeader: 'x-api-key',
  questions: '/messages',
  model: 'claude-sonnet-5',
  models: {
    status: 200,
    body: {
      data: [
        {type: 'model', id: 'claude-sonnet-5', display_name: 'Claude Sonnet 5', created_at: '2026-05-01T00:00:00Z'},
      ],
      has_more: false,
      first_id: 'claude-sonnet-5',
      last_id: 'claude-sonnet-5',
    },
  },
  read,
  write({thought, pieces, call}) {
    let index = 0;
    const block = (content: object, deltas: readonly object[]) => {
      const at = index++;
      return [
        event('content_block_start', {index: at, content_block: content}),
        ...deltas.map((delta) => event('content_block_delta', {index: at, delta})),
        event('content_block_stop', {index: at}),
      ];
    };
    const start = event('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        content: [],
        model: 'claude-sonnet-5',
        stop_reason: null,
        usage: {input_tokens: 1, cache_read_input_tokens: 10, cache_creation_input_tokens: 0, output_tokens: 1},
      },
    });
    const frames = [start, event('ping', {})];
    if (thought !== '') {
      frames.push(
        ...block({type: 'thinking', thinking: '', signature: ''}, [
          {type: 'thinking_delta', thinking: thought},
          {type: 'signature_delta', signature: 'c2lnbmVk'},
        ]),
      );
    }
    if (call) {
      const input = JSON.stringify(call.input);
      frames.push(
        ...block({type: 'tool_use', id: `toolu_0${call.round}`, name: call.name, input: {}}, [
          {type: 'input_json_delta', partial_json: ''},
          {type: 'input_json_delta', partial_json: input.slice(0, 5)},
          {type: 'input_json_delta', partial_json: input.slice(5)},
        ]),
      );
    } else {
      const text = block(
        {type: 'text', text: ''},
        pieces.map((piece) => ({type: 'text_delta', text: piece})),
      );
      frames.push(...text);
    }
    const delta = {stop_reason: call ? 'tool_use' : 'end_turn', stop_sequence: null};
    const end = event('message_delta', {delta, usage: {output_tokens: 7}}) + event('message_stop', {});
    return {frames, end};
  },
  objectTo(body) {
    if (body['temperature'] !== undefined && body['top_p'] !== undefined) {
      return error(400, 'invalid_request_error', '`temperature` and `top_p` cannot both be specified for this model.');
    }
    const isCall = ({type}: Block) => type === 'tool_use';
    const messages = messagesOf(body);
    const blocks = messages.flatMap(({content}) => blocksOf(content));
    if (blocks.some((block) => isCall(block) && !/^[a-zA-Z0-9_-]+$/.test(block.id ?? ''))) {
      const message = "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'";
      return error(400, 'invalid_request_error', message);
    }
    const calling = messages.slice(questionAt(messages)).find(({content}) => blocksOf(content).some(isCall));
    if (body['thinking'] !== undefined && calling && blocksOf(calling.content)[0]?.signature !== 'c2lnbmVk') {
      const message = 'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`.';
      return error(400, 'invalid_request_error', message);
    }
    return undefined;
  },
  wrongKey: error(401, 'authentication_error', 'invalid x-api-key'),
  noSuchModel: (name) => error(404, 'not_found_error', `model: ${name}`),
  busy: {
    ...error(429, 'rate_limit_error', 'This request would exceed your organization’s rate limit.'),
    headers: {'retry-after': '7'},
    told: {status: 429, retryAfter: 7},
  },
  quirks: [
    {
      says: 'wants the signed thought before a tool’s result',
      source: 'https://docs.claude.com/en/docs/build-with-claude/extended-thinking',
    },
    {says: 'ids of calls have letters, digits, `_` and `-`', source: 'HKUDS/nanobot#4356'},
    {says: '`ping` events between the others', source: 'https://docs.claude.com/en/docs/build-with-claude/streaming'},
    {says: 'cached tokens are counted beside the others', source: 'BerriAI/litellm#6215'},
  ],
  lists: true,
  thinks: true,
  asksFirst: 1,
};
