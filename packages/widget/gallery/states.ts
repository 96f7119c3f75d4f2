/**
 * Every state of the elements, as data: the messages so far, the events of the answer, and what the visitor does. The name
 * of a state is its address, `/gallery#name`.
 */
import {ChatError, messageOf} from '@chatlet/protocol';
import type {ChatEvent, ErrorCode, JsonObject} from '@chatlet/protocol';
import type {ChatConfig} from '../src/client/transport.ts';
import {asksPerson} from '../src/client/validate.ts';
import * as answers from './answers.ts';
import {
  ask,
  chatOf,
  click,
  coloured,
  hurry,
  openHistory,
  pause,
  press,
  scrollUp,
  settle,
  waitFor,
  waitUntil,
  write,
} from './play.ts';
import type {Played} from './play.ts';

export interface State {
  /** The heading under which the gallery lists it. */
  readonly group: string;
  /** The reason why no picture of it is kept. */
  readonly noPicture?: string;
  /** Its picture is of a phone, 320 pixels wide, that is used by touch. */
  readonly phone?: true;
  /** Its picture is 900 pixels wide. */
  readonly wide?: true;
  readonly heading?: string;
  readonly messages?: readonly object[];
  /** The events of the answer. A number waits so many milliseconds, `wait` for ever. */
  readonly answer?: readonly (ChatEvent | number | 'wait')[];
  readonly resumes?: boolean;
  readonly launcher?: boolean;
  readonly temporary?: boolean;
  readonly math?: boolean;
  /** In place of some of the server's texts. */
  readonly config?: ChatConfig | 'loading';
  readonly history?: 'loading' | 'failed' | 'empty';
  /** What becomes of a chat that is handed to a person. */
  readonly person?: 'unavailable';
  /** Shows pages while the visitor writes. */
  readonly search?: boolean;
  play?(element: Played): Promise<void>;
}

const start: ChatEvent = {type: 'message-start', messageId: 'msg_1', chatId: 'chat_1', model: 'gpt-4o'};
const say = (delta: string): ChatEvent => ({type: 'text-delta', delta});
const think = (delta: string): ChatEvent => ({type: 'reasoning-delta', delta});
const fail = (code: ErrorCode, options = {}): ChatEvent => new ChatError(code, undefined, options).toEvent();
const call = (callId: string): ChatEvent => ({
  type: 'tool-call',
  callId,
  name: 'weather',
  input: {cities: ['San Francisco', 'Oslo']},
});
const result = (callId: string) => ({type: 'tool-result', callId, output: {ok: true}}) as const;
const end: ChatEvent = {type: 'message-end', reason: 'stop'};

const terms = {definition: '1', expiresAt: '2030-01-01T00:00:00.000Z'};
/** One field of each kind. */
const roomForm: JsonObject = {
  type: 'object',
  properties: {
    city: {type: 'string', title: 'City'},
    nights: {type: 'integer', title: 'Nights', minimum: 1, default: 2, description: 'At least one.'},
    room: {type: 'string', title: 'Room', enum: ['single', 'double'], enumNames: ['For one', 'For two']},
    meals: {type: 'array', title: 'Meals', items: {type: 'string', enum: ['Breakfast', 'Dinner']}},
    late: {type: 'boolean', title: 'I arrive after ten'},
  },
  required: ['city'],
};

/** Sends it as it is, so that the empty field is named. */
async function sendEmptyForm(element: Played): Promise<void> {
  await ask('Book a room for me')(element);
  await waitFor('.approval form');
  await click('.approval [type="submit"]');
  await pause(100);
  await settle();
}

const asksForm: readonly ChatEvent[] = [
  start,
  {type: 'tool-call', callId: '1', name: 'book-room', input: {}},
  {
    type: 'tool-wait',
    callId: '1',
    wait: {ask: 'form', ...terms, message: 'Where and for how long do you want to stay?', schema: roomForm},
  },
  {type: 'message-end', reason: 'tool-calls'},
];
const asksMail: readonly ChatEvent[] = [
  start,
  {type: 'text-delta', delta: 'I have written the mail. '},
  {type: 'tool-call', callId: '1', name: 'send-mail', input: {to: 'ada@example.com', text: 'The meeting is at ten.'}},
  {type: 'tool-wait', callId: '1', wait: {ask: 'approval', ...terms, destructive: true}},
  {type: 'message-end', reason: 'tool-calls'},
];

/** Asks, and waits for the card. */
function asksToAllow(question: string) {
  return async (element: Played) => {
    await ask(question)(element);
    await waitFor('.approval');
    await settle();
  };
}

/** A function of the page that the model calls. */
const addTea: readonly ChatEvent[] = [
  start,
  {type: 'tool-call', callId: '1', name: 'add-to-cart', input: {article: 'Green tea', count: 2}},
];
const addedTea = (events: readonly (ChatEvent | 'wait')[], then: () => Promise<unknown> = settle): State => ({
  group: 'Functions of the page',
  answer: [...addTea, ...events],
  async play(element) {
    await ask('Add two packets of green tea')(element);
    await then();
    await settle();
  },
});
const openTool = () => click('.tool summary');

const whereIsIt = 'Where is my parcel?';
const unknownParcel = 'I found nothing about parcels in Acme’s documents.';
const parcel: readonly object[] = [
  {role: 'user', content: whereIsIt},
  {role: 'assistant', parts: [{type: 'text', text: unknownParcel}], grounded: false},
];
/** A chat that was handed to a person, and what came of it. */
const handedOver = (part: object, {text = '', expiresAt = terms.expiresAt} = {}): readonly object[] => [
  ...parcel,
  {role: 'user', content: 'It is number 48-2231.'},
  {
    role: 'assistant',
    parts: [
      {
        type: 'tool',
        callId: 'person',
        name: 'a person',
        input: {},
        wait: {ask: 'person', definition: 'person', expiresAt},
        ...part,
      },
      ...(text === '' ? [] : [{type: 'text', text}]),
    ],
    ...(text === '' && {status: 'waiting'}),
  },
];
async function showPersonLine(): Promise<void> {
  await waitFor('.person');
  await settle();
}
/** The visitor asks for a person. */
const asksForPerson = {
  group: 'A person',
  config: {contact: asksPerson},
  answer: [start, say(unknownParcel), {type: 'message-end', reason: 'stop', grounded: false}],
  async play(element) {
    await ask(whereIsIt)(element);
    await click('.not-from-pages button');
    await write('It is number 48-2231.', '[part=ask-person] input');
    await settle();
  },
} as const satisfies State;

const howToStream = 'How do I stream a reply in Node?';
const whichWeather = 'Weather in San Francisco vs Oslo?';
const thoughts = 'The visitor wants to stream in Node. The docs show fetch with a reader.';
const cutText = 'It begins with a single tag and';

/** A question and its complete answer. */
const talk = (question: string, answer: string): readonly object[] => [
  {role: 'user', content: question},
  {role: 'assistant', content: answer},
];

/** A question, and an answer that ended in this way. */
const ended = (fields: object): readonly object[] => [
  {role: 'user', content: 'Tell me everything.'},
  {role: 'assistant', content: cutText, ...fields},
];

const reported: readonly object[] = [
  {role: 'user', content: 'What does the report say about Q4?'},
  {
    role: 'assistant',
    parts: [
      {type: 'text', text: answers.report},
      {type: 'source', id: '1', title: 'q4-report.md · Revenue', url: 'https://docs.example/q4#revenue'},
      {type: 'source', id: '2', title: 'q4-report.md · Churn', url: 'https://docs.example/q4#churn'},
    ],
  },
];

const pages = 'https://docs.acme.example';
const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const selfHosting: readonly ChatEvent[] = [
  {
    type: 'source',
    id: 'scaling#4',
    title: 'Outgrowing one machine',
    section: 'Self-hosting › Outgrowing one machine',
    url: `${pages}/scaling`,
    quote:
      'Both servers need the same PostgreSQL and the same Valkey. Several nodes behind a plain round-robin proxy act as one: an answer that was started on one is read and stopped through another, and sticky sessions are not needed.',
    updatedAt: ago(12),
  },
  {
    type: 'source',
    id: 'updates#2',
    title: 'Rolling updates',
    section: 'Self-hosting › Rolling updates',
    url: `${pages}/updates`,
    quote: 'Before a node goes down, its running answers move to the others.',
    updatedAt: ago(400),
  },
];
const cite = (sourceId: string, quote: string): ChatEvent => ({type: 'citation', sourceId, quote});
const citing: readonly ChatEvent[] = [
  start,
  ...selfHosting,
  say('Yes. Point both at one PostgreSQL and one Valkey; a plain round-robin proxy is enough.'),
  cite('scaling#4', 'Several nodes behind a plain round-robin proxy act as one'),
  say(' Running answers move when a node goes down.'),
  cite('updates#2', 'its running answers move to the others'),
];
const onTwoMachines = 'Can I self-host it on two machines?';
const followUps = ['What does Valkey hold?', 'How do I update without a gap?'];

/** Citations wherever they may stand: in lists, in tables, behind code. */
const citedReport: readonly object[] = [
  {role: 'user', content: 'How do I run it on two machines?'},
  {
    role: 'assistant',
    parts: [citedText(answers.cited), ...selfHosting],
    grounded: true,
  },
];

/** The text with a citation at each mark, such as `^1`. */
function citedText(marked: string): object {
  let text = '';
  const citations: object[] = [];
  for (const [, before = '', number] of marked.matchAll(/([^^]*)(?:\^(\d)|$)/g)) {
    text += before;
    const source = selfHosting[Number(number) - 1];
    if (source?.type === 'source') citations.push({at: text.length, sourceId: source.id, quote: source.quote});
  }
  return {type: 'text', text, citations};
}

async function showFormula(): Promise<void> {
  await waitFor('math');
  await settle();
}

/** Asks, and waits for the line of a thought or a tool, whose code is fetched with the first. */
function askForSteps(text: string): (element: Played) => Promise<void> {
  return async (element) => {
    await ask(text)(element);
    await waitFor('.reasoning, .tool');
    await settle();
  };
}

async function openPanel(element: Played): Promise<void> {
  if (!('show' in element)) return;
  const opened = new Promise((resolve) => element.addEventListener('chatlet-open', resolve, {once: true}));
  element.show();
  await opened;
  await chatOf(element).updateComplete;
  await settle();
}

/** Every error that an answer can end with; those after a while that are retried have a countdown. */
const errorCodes = [
  'unauthenticated',
  'forbidden',
  'not-found',
  'model-not-found',
  'invalid-request',
  'content-refused',
  'plan-limit',
  'quota-exceeded',
  'conflict',
  'too-large',
  'context-too-long',
  'provider-error',
  'provider-unavailable',
  'provider-timeout',
  'storage-unavailable',
  'shutting-down',
  'internal',
  'network',
  'unreadable',
] as const satisfies readonly ErrorCode[];

/** One for each button that an error has. */
const pictured = new Set<ErrorCode>(['unauthenticated', 'context-too-long', 'network', 'unreadable']);

/** A failed answer under a question, as an earlier chat shows it. */
const failedStates = Object.fromEntries(
  errorCodes.map((code): [string, State] => [
    `error-${code}`,
    {
      group: 'Errors',
      ...(!pictured.has(code) && {noPicture: 'differs from another error in its words alone'}),
      messages: [
        {role: 'user', content: 'And compared with last year?'},
        {role: 'assistant', parts: [], status: 'failed', error: {...fail(code), message: messageOf(code)}},
      ],
    },
  ]),
);

const noFont = 'its letters are not in the fonts that the pictures are written in';

/** By name. */
export const states: Readonly<Record<string, State>> = {
  greeting: {group: 'Beginning', play: async (element) => chatOf(element).focusComposer()},
  empty: {group: 'Beginning', config: {greeting: '', introduction: '', starters: []}},
  configuring: {group: 'Beginning', config: 'loading'},
  draft: {
    group: 'Beginning',
    play: () => write('A question that takes more than one line, because it has a lot to say.\n\nAnd then some more.'),
  },
  disclaimer: {group: 'Beginning', config: {disclaimer: 'Answers can be wrong. Check the sources.'}},
  temporary: {group: 'Beginning', temporary: true},

  sent: {group: 'Answering', answer: ['wait'], play: ask(howToStream)},
  waiting: {group: 'Answering', answer: [start, 'wait'], play: ask(howToStream)},
  thinking: {
    group: 'Answering',
    answer: [start, think(thoughts), 'wait'],
    async play(element) {
      await ask(howToStream)(element);
      await click('.reasoning summary');
    },
  },
  streaming: {
    group: 'Answering',
    config: {disclaimer: 'Answers can be wrong. Check the sources.'},
    answer: [start, think(thoughts), say(answers.code), 'wait'],
    async play(element) {
      await askForSteps(howToStream)(element);
      await coloured();
    },
  },
  'tool-running': {group: 'Answering', answer: [start, call('1'), 'wait'], play: askForSteps(whichWeather)},
  'tool-done': {
    group: 'Answering',
    answer: [
      start,
      call('1'),
      result('1'),
      say(answers.table),
      {type: 'source', id: '1', title: 'open-meteo.com', url: 'https://open-meteo.com'},
      {type: 'source', id: '2', title: 'yr.no', url: 'https://yr.no'},
      {type: 'usage', promptTokens: 210, completionTokens: 102},
      end,
    ],
    async play(element) {
      await ask(whichWeather)(element);
      await click('.tool summary');
    },
  },
  'tool-failed': {
    group: 'Answering',
    answer: [start, call('1'), {type: 'tool-result', callId: '1', output: 'No such city.', failed: true}, end],
    play: askForSteps(whichWeather),
  },
  'tool-waiting': {
    group: 'Answering',
    answer: asksMail,
    play: asksToAllow('Tell Ada when the meeting is'),
  },
  'tool-waiting-phone': {
    group: 'Answering',
    phone: true,
    answer: asksMail,
    play: asksToAllow('Tell Ada when the meeting is'),
  },
  'tool-app': {
    group: 'Answering',
    answer: [
      start,
      call('1'),
      {...result('1'), app: {title: 'Weather', result: {content: []}}},
      say('It is warmer in San Francisco.'),
      end,
    ],
    async play(element) {
      await ask(whichWeather)(element);
      const frame = await waitFor('.app iframe');
      // The app says how high it is when it has the colours of the chat.
      await waitUntil(() => frame.style.blockSize !== '', 'height of the app');
      await settle();
    },
  },
  'tool-form': {
    group: 'Answering',
    answer: asksForm,
    play: sendEmptyForm,
  },
  'tool-form-phone': {group: 'Answering', phone: true, answer: asksForm, play: sendEmptyForm},
  'tool-address': {
    group: 'Answering',
    answer: [
      start,
      {type: 'tool-call', callId: '1', name: 'book-room', input: {}},
      {
        type: 'tool-wait',
        callId: '1',
        wait: {ask: 'url', ...terms, message: 'Pay for the room.', url: 'https://pay.example.com/room?order=4711'},
      },
      {type: 'message-end', reason: 'tool-calls'},
    ],
    play: asksToAllow('Book a room for me'),
  },
  'tool-progress': {
    group: 'Answering',
    answer: [
      start,
      call('1'),
      {type: 'tool-progress', callId: '1', done: 2, total: 5, message: 'Reading the second station'},
      'wait',
    ],
    play: askForSteps(whichWeather),
  },
  'tool-without-result': {group: 'Answering', answer: [start, call('1'), end], play: askForSteps(whichWeather)},

  'page-function-running': addedTea([{type: 'tool-wait', callId: '1', wait: {ask: 'page', ...terms}}, 'wait']),
  'page-function-asked': addedTea(
    [
      {type: 'tool-wait', callId: '1', wait: {ask: 'approval', ...terms}},
      {type: 'message-end', reason: 'tool-calls'},
    ],
    () => waitFor('.approval'),
  ),
  'page-function-failed': addedTea(
    [
      {type: 'tool-result', callId: '1', output: 'The function failed: Green tea is sold out.', failed: true},
      say('Green tea is sold out.'),
      end,
    ],
    openTool,
  ),
  'page-function-done': addedTea(
    [{type: 'tool-result', callId: '1', output: {articles: 3}}, say('It is in your cart.'), end],
    openTool,
  ),

  'person-asked': asksForPerson,
  'person-asked-phone': {...asksForPerson, phone: true},
  'person-unavailable': {
    ...asksForPerson,
    person: 'unavailable',
    async play(element) {
      await asksForPerson.play(element);
      await click('[part=ask-person] .primary');
    },
  },
  'person-waiting': {group: 'A person', messages: handedOver({state: 'waiting'}), play: showPersonLine},
  'person-answered': {
    group: 'A person',
    messages: handedOver(
      {state: 'done', output: 'A person of the site answers:'},
      {text: 'It left Bergen this morning and comes tomorrow before noon. — Ada, Acme'},
    ),
    play: showPersonLine,
  },
  'person-silent': {
    group: 'A person',
    messages: handedOver({state: 'waiting'}, {expiresAt: '2026-01-01T00:00:00.000Z'}),
    play: showPersonLine,
  },

  citations: {
    group: 'Sources',
    answer: [...citing, {type: 'message-end', reason: 'stop', grounded: true, followUps}],
    async play(element) {
      await ask(onTwoMachines)(element);
      await click('.citation');
      await waitFor('.source-card');
      await settle();
    },
  },
  'citations-growing': {group: 'Sources', answer: [...citing, say(' Nothing else'), 'wait'], play: ask(onTwoMachines)},
  'citations-everywhere': {group: 'Sources', messages: citedReport},
  'citations-arabic': {
    group: 'Sources',
    heading: 'اسأل أكمي',
    answer: [
      start,
      {
        type: 'source',
        id: 'plans#1',
        title: 'الخطط والحدود',
        url: `${pages}/ar/plans`,
        quote: 'تختلف الخطتان في عدد الرسائل وطول الإجابة، ويمكن تغييرهما في أي وقت.',
        updatedAt: ago(3),
      },
      say('تختلف الخطتان في عدد الرسائل وطول الإجابة.'),
      cite('plans#1', 'تختلف الخطتان في عدد الرسائل وطول الإجابة'),
      {type: 'message-end', reason: 'stop', grounded: true, followUps: ['كيف أغيّر خطتي؟']},
    ],
    async play(element) {
      await ask('ما الفرق بين الخطتين؟')(element);
      await click('.citation');
      await waitFor('.source-card');
      await settle();
    },
  },
  'not-from-our-pages': {
    group: 'Sources',
    config: {contact: 'https://acme.example/contact'},
    answer: [
      start,
      say('I found nothing about that in Acme’s documents. Most shops do not ship to the moon.'),
      {
        type: 'message-end',
        reason: 'stop',
        grounded: false,
        nearestPage: {title: 'Shipping regions', url: 'https://docs.acme.example/shipping'},
        followUps: ['Where do you ship to?'],
      },
    ],
    play: ask('Do you ship to the moon?'),
  },

  search: {
    group: 'Sources',
    search: true,
    async play() {
      await write('resume');
      await waitFor('.page');
      await press('ArrowDown', 'textarea');
    },
  },
  'search-in-a-chat': {
    group: 'Sources',
    search: true,
    messages: reported,
    async play() {
      await write('resume');
      await waitFor('.page');
    },
  },
  'search-without-pages': {
    group: 'Sources',
    search: true,
    async play() {
      await write('moon');
      await waitFor('.found');
    },
  },

  answered: {group: 'Answers', messages: reported},
  table: {group: 'Answers', messages: talk('Which plans are there?', answers.wideTable)},
  code: {group: 'Answers', messages: talk(howToStream, `${answers.code} \`[DONE]\`.`), play: coloured},
  'long-code': {group: 'Answers', messages: talk('Print sixty lines.', answers.longCode), play: coloured},
  lists: {group: 'Answers', messages: talk('How do I move to another machine?', answers.lists)},
  notes: {group: 'Answers', messages: talk('Why does it come all at once?', answers.notes)},
  formulas: {group: 'Answers', math: true, messages: talk('And the roots?', answers.formulas), play: showFormula},
  picture: {group: 'Answers', messages: talk('What is wrong here?', answers.picture)},
  thought: {
    group: 'Answers',
    messages: [
      {role: 'user', content: howToStream},
      {
        role: 'assistant',
        parts: [
          {type: 'reasoning', text: thoughts},
          {type: 'text', text: 'With `fetch` and a reader.'},
        ],
      },
    ],
    play: () => click('.reasoning summary'),
  },
  attachments: {
    group: 'Answers',
    messages: [
      {
        role: 'user',
        parts: [
          {type: 'file', url: 'https://files.example/panel.png', mediaType: 'image/png', name: 'panel.png'},
          {type: 'file', url: 'https://files.example/1.pdf', mediaType: 'application/pdf', name: 'invoice.pdf'},
          {type: 'text', text: 'What is wrong in this picture?'},
        ],
      },
      {
        role: 'assistant',
        parts: [
          {type: 'text', text: 'The second cable is plugged into the wrong socket. I have marked it:'},
          {type: 'file', url: 'https://files.example/2.png', mediaType: 'image/png', name: 'panel-marked.png'},
        ],
      },
    ],
  },
  long: {
    group: 'Answers',
    messages: Array.from({length: 12}, (_, index) => talk(`Question ${index + 1}`, answers.report)).flat(),
  },
  edit: {group: 'Answers', messages: reported, play: () => click('.change')},
  arabic: {group: 'Answers', heading: 'اسأل أكمي', messages: talk('ما الفرق بين الخطتين؟', answers.arabic)},
  chinese: {
    group: 'Answers',
    noPicture: noFont,
    heading: '问问 Acme',
    messages: talk('可以放在我的网站上吗？', answers.chinese),
  },
  japanese: {
    group: 'Answers',
    noPicture: noFont,
    heading: 'Acme に聞く',
    messages: talk('私のサイトに置けますか。', answers.japanese),
  },

  stalled: {
    group: 'Answering',
    answer: [start, say('It begins with'), 'wait'],
    async play(element) {
      const send = ask(howToStream);
      // Longer than an answer may be silent.
      hurry(8000);
      await send(element);
      await waitFor('.stall');
      await settle();
    },
  },
  queue: {
    group: 'Answering',
    answer: [start, say('It begins with'), 'wait'],
    async play(element) {
      await ask(howToStream)(element);
      for (const next of ['And in the browser?', 'What does it cost?']) chatOf(element).enqueue(next);
      await waitFor('.queued');
      await settle();
    },
  },
  'queue-kept': {
    group: 'Answering',
    answer: [start, say('It begins with'), 300, fail('provider-error')],
    async play(element) {
      await ask(howToStream)(element);
      chatOf(element).enqueue('And in the browser?');
      await waitFor('.send-now');
      await settle();
    },
  },
  'jump-to-latest': {
    group: 'Answers',
    messages: talk('What does the report say?', answers.report.repeat(4)),
    async play() {
      await scrollUp();
      await waitFor('.jump');
      await settle();
    },
  },
  'long-question': {group: 'Answers', messages: talk(`${answers.report}\n`.repeat(5), 'That is a lot.')},

  stopped: {group: 'Ends', messages: ended({status: 'stopped'})},
  interrupted: {group: 'Ends', messages: ended({status: 'interrupted'})},
  'cut-by-length': {
    group: 'Ends',
    answer: [start, say(cutText), {type: 'message-end', reason: 'length'}],
    play: ask('Tell me everything.'),
  },
  'no-words': {group: 'Ends', answer: [start, end], play: ask('Tell me nothing.')},

  reconnecting: {
    group: 'Errors',
    messages: reported,
    resumes: true,
    // A stream that ends without saying so has been cut.
    answer: [start, say('Compared with last year, revenue ')],
    play: ask('And compared with last year?'),
  },
  failed: {
    group: 'Errors',
    answer: [start, say('Revenue grew **12 %**'), fail('provider-error')],
    play: ask('What does the report say about Q4?'),
  },
  'rate-limit': {
    group: 'Errors',
    messages: reported,
    answer: [fail('rate-limited', {retryAfter: 42})],
    play: ask('And compared with last year?'),
  },
  'asked-again': {group: 'Errors', answer: [fail('rate-limited', {retryAfter: 8})], play: ask(howToStream)},
  ...failedStates,

  history: {group: 'History', messages: reported, play: openHistory},
  'history-loading': {group: 'History', history: 'loading', play: openHistory},
  'history-empty': {group: 'History', history: 'empty', play: openHistory},
  'history-failed': {group: 'History', history: 'failed', play: openHistory},
  'history-search': {
    group: 'History',
    async play() {
      await openHistory();
      await write('weather', 'input[type=search]');
      await new Promise((resolve) => setTimeout(resolve, 400));
    },
  },
  'history-undo': {
    group: 'History',
    async play() {
      await openHistory();
      await press('Delete', '[data-chat=chat_3]');
    },
  },
  'history-rename': {
    group: 'History',
    async play() {
      await openHistory();
      await press('F2', '[data-chat=chat_2]');
    },
  },
  'all-chats': {
    group: 'History',
    async play() {
      await openHistory();
      await click('.all-chats');
    },
  },
  'all-chats-question': {
    group: 'History',
    async play() {
      await openHistory();
      await click('.all-chats');
      await click('.all-chats-menu .danger');
    },
  },
  'history-beside': {group: 'History', wide: true, messages: reported, play: openHistory},
  'opening-chat': {
    group: 'History',
    async play(element) {
      void chatOf(element).openChat('chat_2');
      await settle();
    },
  },

  models: {
    group: 'Menus',
    answer: [start, call('1'), result('1'), say(answers.table), end],
    async play(element) {
      await askForSteps(whichWeather)(element);
      await write('And tomorrow?');
      await click('.pill');
    },
  },
  keys: {group: 'Menus', messages: reported, play: () => press('?', '[part~=thread]')},

  'launcher-closed': {group: 'Launcher', launcher: true},
  'launcher-open': {group: 'Launcher', launcher: true, play: openPanel},
  'launcher-large': {
    group: 'Launcher',
    launcher: true,
    wide: true,
    async play(element) {
      await openPanel(element);
      await click('.large');
      await waitFor('[data-chat]');
      await settle();
    },
  },
  'launcher-unread': {
    group: 'Launcher',
    launcher: true,
    answer: [start, 300, say(answers.report), end],
    async play(element) {
      await openPanel(element);
      const answered = chatOf(element).send(howToStream);
      if ('hide' in element) element.hide();
      await answered;
      await settle();
    },
  },
};

/** The names of the states that pictures are kept of. */
export const picturedStates: readonly string[] = Object.keys(states).filter((name) => !states[name]?.noPicture);
