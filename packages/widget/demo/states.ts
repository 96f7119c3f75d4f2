/** The states of the demo page, as data: the messages so far, the answer, and the visitor's clicks. */
import {ChatError} from '@chatlet/protocol';
import type {ChatEvent} from '@chatlet/protocol';
import type {ChatletChat} from '../src/elements/chat/chat.ts';
import type {ChatletLauncher} from '../src/elements/launcher/launcher.ts';

export interface DemoState {
  readonly heading?: string;
  readonly messages?: readonly object[];
  /** The events of the answer. `wait` waits for ever, an error is thrown. */
  readonly answer?: readonly (ChatEvent | 'wait' | Error)[];
  readonly resumes?: boolean;
  readonly launcher?: boolean;
  readonly disclaimer?: boolean;
  readonly history?: 'loading' | 'failed' | 'empty';
  play?(element: ChatletChat | ChatletLauncher): Promise<void> | void;
}

const start: ChatEvent = {type: 'message-start', messageId: 'msg_1', chatId: 'chat_1', model: 'gpt-4o'};
const say = (delta: string): ChatEvent => ({type: 'text-delta', delta});
const think = (delta: string): ChatEvent => ({type: 'reasoning-delta', delta});
const end: ChatEvent = {type: 'message-end', reason: 'stop'};

const code = `Read the response body as server-sent events and stop with an \`AbortController\`:

\`\`\`ts
const stop = new AbortController()
const res = await fetch('/chat/stream', {
  method: 'POST',
  signal: stop.signal,
  body: JSON.stringify({ messages }),
})
for await (const e of events(res.body)) {
  render(e.delta)
}
\`\`\`

Each event carries the next piece of text, and the stream ends with`;

const table = `| City | Now | Wind |
| --- | --- | --- |
| San Francisco | 22 °C, sunny | 11 km/h |
| Oslo | 4 °C, rain | 19 km/h |

San Francisco is **18 °C warmer** and dry.`;

const report = `Revenue grew **12 %** over Q3, driven by the self-hosted plan. Three points stand out:

- Churn fell to 1.8 %, the lowest of the year.
- Support volume was flat while users grew by a third.
- Two regions missed plan; both recover in January.`;

const reported: readonly object[] = [
  {role: 'user', content: 'What does the report say about Q4?'},
  {
    role: 'assistant',
    parts: [
      {type: 'text', text: report},
      {type: 'source', id: '1', title: 'q4-report.md · Revenue', url: 'https://docs.example/q4#revenue'},
      {type: 'source', id: '2', title: 'q4-report.md · Churn', url: 'https://docs.example/q4#churn'},
    ],
  },
];

const ask = (text: string) => (element: ChatletChat | ChatletLauncher) => {
  if ('send' in element) void element.send(text);
};

/** The first element that matches, through all shadow roots. */
export function find(root: ParentNode, selector: string): HTMLElement | null {
  const here = root.querySelector<HTMLElement>(selector);
  if (here) return here;
  for (const element of root.querySelectorAll('*')) {
    const inside = element.shadowRoot && find(element.shadowRoot, selector);
    if (inside) return inside;
  }
  return null;
}

/** Waits a few frames, until every change has been rendered. */
async function settle(): Promise<void> {
  for (let frame = 0; frame < 6; frame++) await new Promise(requestAnimationFrame);
}

async function click(selector: string): Promise<void> {
  await settle();
  find(document, selector)?.click();
  await settle();
}

async function write(text: string): Promise<void> {
  await settle();
  const field = find(document, 'textarea');
  if (!(field instanceof HTMLTextAreaElement)) return;
  field.focus();
  field.value = text;
  field.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true}));
  await settle();
}

export const states: Readonly<Record<string, DemoState>> = {
  greeting: {
    play: (element) => ('focusComposer' in element ? settle().then(() => element.focusComposer()) : undefined),
  },
  waiting: {answer: [start, 'wait'], play: ask('How do I stream a reply in Node?')},
  streaming: {
    disclaimer: true,
    answer: [start, think('The docs show fetch with a reader.'), say(code), 'wait'],
    play: ask('How do I stream a reply in Node?'),
  },
  thinking: {
    answer: [start, think('The visitor wants to stream in Node. The docs show fetch with a reader.'), 'wait'],
    async play(element) {
      ask('How do I stream a reply in Node?')(element);
      await click('.reasoning summary');
    },
  },
  tool: {
    answer: [
      start,
      {type: 'tool-call', callId: '1', name: 'weather', input: {cities: ['San Francisco', 'Oslo']}},
      {type: 'tool-result', callId: '1', output: {ok: true}},
      say(table),
      {type: 'source', id: '1', title: 'open-meteo.com', url: 'https://open-meteo.com'},
      {type: 'source', id: '2', title: 'yr.no', url: 'https://yr.no'},
      {type: 'usage', promptTokens: 210, completionTokens: 102},
      end,
    ],
    play: ask('Weather in San Francisco vs Oslo?'),
  },
  picker: {
    answer: [
      start,
      {type: 'tool-call', callId: '1', name: 'weather', input: {cities: ['San Francisco', 'Oslo']}},
      {type: 'tool-result', callId: '1', output: {ok: true}},
      say(table),
      end,
    ],
    async play(element) {
      ask('Weather in San Francisco vs Oslo?')(element);
      await write('And tomorrow?');
      await click('.pill');
    },
  },
  answered: {messages: reported},
  edit: {
    messages: reported,
    async play() {
      await click('[aria-label="Edit"], [aria-label="Bearbeiten"]');
    },
  },
  stopped: {
    messages: [
      {role: 'user', content: 'Tell me everything.'},
      {role: 'assistant', content: 'It begins with a single tag and', status: 'stopped'},
    ],
  },
  interrupted: {
    messages: [
      {role: 'user', content: 'Tell me everything.'},
      {role: 'assistant', content: 'It begins with a single tag and', status: 'interrupted'},
    ],
  },
  reconnecting: {
    messages: reported,
    resumes: true,
    answer: [start, say('Compared with last year, revenue '), new ChatError('network')],
    async play(element) {
      await settle();
      ask('And compared with last year?')(element);
    },
  },
  'rate-limit': {
    messages: reported,
    answer: [new ChatError('rate-limited', undefined, {retryAfter: 42})],
    async play(element) {
      await settle();
      ask('And compared with last year?')(element);
    },
  },
  failed: {
    answer: [start, say('Revenue grew **12 %**'), new ChatError('provider-error')],
    play: ask('What does the report say about Q4?'),
  },
  'too-long': {answer: [new ChatError('context-too-long')], play: ask('One more thing')},
  'signed-out': {answer: [new ChatError('unauthenticated')], play: ask('Where is my order?')},
  loading: {
    play: (element) => ('openChat' in element ? void element.openChat('chat_2') : undefined),
  },
  drawer: {
    messages: reported,
    async play() {
      await click('.history-button');
    },
  },
  'drawer-loading': {
    history: 'loading',
    async play() {
      await click('.history-button');
    },
  },
  'drawer-empty': {
    history: 'empty',
    async play() {
      await click('.history-button');
    },
  },
  long: {
    messages: Array.from({length: 24}, (_, index) => ({
      role: index % 2 === 0 ? 'user' : 'assistant',
      content: index % 2 === 0 ? `Question ${index / 2 + 1}` : report,
    })),
  },
  draft: {
    async play() {
      await write('A question that takes more than one line, because it has a lot to say.\n\nAnd then some more.');
    },
  },
  rtl: {
    heading: 'اسأل أكمي',
    messages: [
      {role: 'user', content: 'كيف أثبّته على موقعي؟'},
      {
        role: 'assistant',
        parts: [
          {type: 'reasoning', text: 'يسأل الزائر عن التثبيت.'},
          {
            type: 'text',
            text: 'أضف وسماً واحداً إلى الصفحة:\n\n1. انسخ `<script>` من الدليل.\n2. ضع `chatlet-chat` حيث تريد.\n\nهذا كل شيء.',
          },
          {type: 'source', id: '1', title: 'دليل التثبيت', url: 'https://docs.example/install'},
        ],
      },
    ],
  },
  launcher: {
    launcher: true,
    async play(element) {
      if (!('show' in element)) return;
      element.show();
      await settle();
    },
  },
  'launcher-closed': {launcher: true},
};
