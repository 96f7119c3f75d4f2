/**
 * How a caller can name a thing of somebody else in a request: by a parameter of a path, by a field of a body or query.
 * Knows every operation by its method and first path, and no caller.
 */

/** What somebody has, as another caller may have seen it: in a link, a log, a screenshot. */
export interface Things {
  /** In all texts. */
  readonly word: string;
  /** An ended chat, one whose answer is being written, a temporary one, and one with a call that waits. */
  readonly chats: readonly string[];
  readonly questionId: string;
  readonly answerId: string;
  readonly runningAnswerId: string;
  /** Names that the client has chosen for a chat, for its question and for a conversation. */
  readonly chatName: string;
  readonly questionName: string;
  /** An ended response, a running one, and one with a call that waits; none of callers without a key. */
  readonly responses: readonly string[];
  /** Items of the input and of the output of the ended response. */
  readonly items: readonly string[];
  /** An item of the last of the responses that asks its owner for an approval. */
  readonly requests: readonly string[];
  /** An interrupt of AG-UI that waits for its owner, in the thread that has the word as its name. */
  readonly interrupts: readonly string[];
  /** A call that waits for its owner, in the last of the chats. */
  readonly callId: string;
  /** Of the pages after the first of each list. */
  readonly cursors: {readonly chats: string; readonly messages: string; readonly usage: string};
}

export interface Attempt {
  /** Values for parameters of the path; absent if the path has none. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The caller may choose such names, or names nothing alone: it may get a thing of its own, and never theirs. */
  readonly mayBeOwn?: boolean;
  /** Nothing has this name: its owner is refused, too. */
  readonly isNobodys?: boolean;
}

/** A value that names something of theirs. */
type Named = Pick<Attempt, 'mayBeOwn'> & {readonly value: string};

/** What a parameter of a path can name. Undefined: nothing that is kept for a caller. */
export const parameters: Readonly<Record<string, ((theirs: Things) => readonly Named[]) | undefined>> = {
  chatId: ({chats, chatName, responses}) => [
    ...chats.map((value) => ({value})),
    ...[chatName, ...responses].map((value) => ({value, mayBeOwn: true})),
  ],
  responseId: ({chats, responses}) => [
    ...responses.map((value) => ({value})),
    ...chats.map((value) => ({value, mayBeOwn: true})),
  ],
  callId: undefined,
  // An operator alone can name it, whoever owns it.
  turnId: undefined,
  // Nobody can make one but the server.
  token: undefined,
  model: undefined,
  id: undefined,
};

/** Fields that look as if they named something that is kept, and why they do not. */
export const namesNothing: Readonly<Record<string, string>> = {
  message: 'is the question',
  messages: 'are the conversation',
  'messages.tool_calls.id': 'is a call in the same body',
  'messages.tool_call_id': 'is a call in the same body',
  'messages.toolCalls.id': 'is a call in the same body',
  'messages.toolCallId': 'is a call in the same body',
  'messages.content.id': 'is a call in the same body',
  'messages.content.tool_use_id': 'is a call in the same body',
  'input.call_id': 'is a call in the same body',
  'input.content.file_id': 'is refused: no files are kept',
  'input.output.file_id': 'is refused: no files are kept',
  'tools.connector_id': 'is refused: the tools are those of this server',
  'tools.tunnel_id': 'is refused: the tools are those of this server',
  user: 'is given back and means nothing',
  prompt_cache_key: 'is given back and means nothing',
  conversation: 'is refused: no conversations are kept under an id of their own',
  threadId: 'is given back, and finds nothing: a run that waits is found by its interrupts',
  runId: 'is given back, and no run is kept',
  starting_after: 'is a number',
  'Last-Event-ID': 'is a number',
  // Each operation with this header is asked with the keys of others.
  'Idempotency-Key': 'is tried everywhere',
};

const text = 'Hi';
const user = {role: 'user', content: text};
const ui = {role: 'user', parts: [{type: 'text', text}]};
const chatlet = {headers: {'x-chat-protocol': 'chatlet'}};

/** A question under all names that chat APIs have for it: each reads its own field and drops the others. */
const question = {model: 'default', messages: [user], max_tokens: 50, prompt: text, input: text, title: 'Mine'};

/** The body, and the headers that choose its reader, where `question` would be refused. */
const usual: Readonly<Record<string, Pick<Attempt, 'body' | 'headers'>>> = {
  'post /api/chat': {body: {message: {text}}, ...chatlet},
  'post /api/chat (Ollama)': {headers: {'x-chat-protocol': 'ollama'}},
  'post /v1/responses': {body: {model: 'default', input: text}},
  'post /api/chat/:chatId/tools/:callId': {body: {approval: 'once'}},
  'post /api/chat/:chatId/tools/:callId/app': {body: {messageId: 'msg_1'}},
  'post /api/chat/:chatId/contact': {body: {consent: true}},
  'post /api/turns/:turnId/reply': {body: {text}},
  'post /mcp': {body: {jsonrpc: '2.0', id: 1, method: 'tools/list', params: {}}},
  'post /agui': {body: {messages: [{id: 'mine', ...user}]}},
};

export function usualRequest(operation: string): Pick<Attempt, 'body' | 'headers'> {
  const method = operation.split(' ')[0] ?? '';
  return {...(['post', 'patch', 'put'].includes(method) && {body: question}), ...usual[operation]};
}

/** Operations on things of a kind that nobody here has. */
export const nobodys: ReadonlySet<string> = new Set(['post /api/chat/:chatId/tools/:callId/app']);

/** Bodies and queries that name things of theirs. */
export const attempts: Readonly<Record<string, (theirs: Things) => readonly Attempt[]>> = {
  'post /api/chat': ({chats, responses, questionId, answerId, chatName, questionName}) => [
    ...[...chats, ...responses.map((name) => ({name})), {name: chatName}].flatMap((chat): readonly Attempt[] => {
      const [id, mayBeOwn] = typeof chat === 'string' ? [chat, false] : [chat.name, true];
      return [
        {body: {chatId: id, message: {text}}, ...chatlet},
        {body: {chatId: id, trigger: 'regenerate'}, ...chatlet},
        {body: {chatId: id, messages: [user]}},
        {body: {id, messages: [ui]}},
        {body: {id: 'mine', chatId: id, messages: [ui]}},
        {body: {id, trigger: 'regenerate-message', messages: [ui]}},
        {body: {id, messages: [{...user, ...ui}]}},
      ].map((attempt) => ({...attempt, mayBeOwn}));
    }),
    ...[questionId, answerId].flatMap((id): readonly Attempt[] => [
      {body: {chatId: chats[0], trigger: 'regenerate', messageId: id}, ...chatlet},
      {body: {chatId: chats[0], trigger: 'edit', replaceFrom: id, message: {text}}, ...chatlet},
      {body: {chatId: chats[0], trigger: 'edit', messageId: id, message: {text}}, ...chatlet},
      {body: {id: chats[0], trigger: 'regenerate-message', messageId: id, messages: [ui]}},
      {body: {id: chats[0], trigger: 'submit-message', messageId: id, messages: [ui]}},
      {body: {trigger: 'regenerate', messageId: id}, ...chatlet, mayBeOwn: true},
      {body: {trigger: 'edit', replaceFrom: id, message: {text}}, ...chatlet, mayBeOwn: true},
      {body: {id: 'mine', trigger: 'regenerate-message', messageId: id, messages: [ui]}, mayBeOwn: true},
      {body: {message: {id, text}}, ...chatlet, mayBeOwn: true},
    ]),
    {body: {chatId: chatName, message: {id: questionName, text}}, ...chatlet, mayBeOwn: true},
    {body: {message: {id: questionName, text}}, ...chatlet, mayBeOwn: true},
    {body: {id: chatName, messages: [{id: questionName, ...ui}]}, mayBeOwn: true},
  ],
  'get /api/chat/:chatId/stream': ({chats: [, chatId = ''], runningAnswerId}) => [
    {parameters: {chatId}, query: {messageId: runningAnswerId}},
    {parameters: {chatId}, query: {messageId: runningAnswerId, after: '0'}},
    {parameters: {chatId: 'mine'}, query: {messageId: runningAnswerId}, mayBeOwn: true},
  ],
  'post /api/chat/:chatId/tools/:callId': ({chats, callId, answerId: messageId}) =>
    [{approval: 'once'}, {approval: 'once', messageId}].map((body) => ({
      parameters: {chatId: chats.at(-1) ?? '', callId},
      body,
    })),
  'post /api/chat/:chatId/tools/:callId/app': ({chats, callId, answerId: messageId}) =>
    [{messageId}, {messageId, name: 'order', arguments: {}}].map((body) => ({
      parameters: {chatId: chats.at(-1) ?? '', callId},
      body,
    })),
  'get /api/chats': ({cursors: {chats: cursor}, word}) => [
    {query: {cursor}, mayBeOwn: true},
    {query: {search: word}, mayBeOwn: true},
  ],
  'get /api/chats/:chatId/messages': ({chats: [chatId = ''], cursors: {messages: cursor}}) => [
    {parameters: {chatId}, query: {cursor}},
  ],
  'get /api/usage': ({cursors: {usage: cursor}}) => [{query: {cursor}, mayBeOwn: true}],
  'post /v1/chat': ({chats, responses, chatName}) => [
    ...chats.map((id) => ({body: {conversation_id: id, messages: [user]}})),
    ...[chatName, ...responses].map((id) => ({body: {conversation_id: id, messages: [user]}, mayBeOwn: true})),
  ],
  'post /v1/responses': ({chats: [chatId], responses: [response, running, waiting], items, requests}) => [
    {body: {previous_response_id: chatId, input: text}, mayBeOwn: true},
    ...(response === undefined ? [] : [{body: {previous_response_id: response, input: text}}]),
    // Its owner is told to wait.
    ...(running === undefined ? [] : [{body: {previous_response_id: running, input: text}}]),
    ...requests.flatMap((id): readonly Attempt[] => {
      const answer = {type: 'mcp_approval_response', approval_request_id: id, approve: true};
      const tools = [{type: 'mcp', server_label: 'site'}];
      const asked = {type: 'mcp_approval_request', id, name: 'act', arguments: '{}', server_label: 'site'};
      const call = {type: 'mcp_call', id: 'mine', name: 'act', arguments: '{}', server_label: 'site', output: 'acted'};
      return [
        {body: {previous_response_id: waiting, input: [answer], tools}},
        {body: {input: [user, asked, answer], tools}},
        {body: {input: [user, {type: 'item_reference', id}, answer], tools}},
        {body: {input: [user, {...call, approval_request_id: id}, user], tools}, mayBeOwn: true},
      ];
    }),
    ...items.flatMap((id): readonly Attempt[] => [
      {body: {input: [{type: 'item_reference', id}, user]}},
      {body: {input: [{id}, user]}},
      {body: {input: [{type: 'message', id, ...user}]}, mayBeOwn: true},
    ]),
  ],
  'post /agui': ({interrupts, word, responses, callId}) =>
    [
      ...interrupts.map((interruptId) => ({interruptId, isNobodys: false})),
      ...responses.map((id) => ({interruptId: `${id}/${callId}`, isNobodys: true})),
    ].flatMap(({interruptId, isNobodys}) =>
      (['resolved', 'cancelled'] as const).map((status) => ({
        isNobodys,
        body: {
          threadId: word,
          messages: [{id: 'mine', ...user}],
          resume: [{interruptId, status, ...(status === 'resolved' && {payload: {approved: true}})}],
        },
      })),
    ),
  'get /v1/responses/:responseId/input_items': ({responses: [responseId], items: [after = '']}) =>
    responseId === undefined ? [] : [{parameters: {responseId}, query: {after}}],
};
