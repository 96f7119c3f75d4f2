/**
 * Commands of the demo model, such as `show a table`: with them a newcomer sees every state that a chat can be in.
 * Knows no documents but those it is given.
 */
import {ChatError} from '@chatlet/protocol';
import {normalizeForSearch} from '../engine/normalize-for-search.ts';
import type {ToolDefinition} from '../engine/provider.ts';
import type {PassageIndex} from './demo-index.ts';
import {firstSentence, joinList, passageName, sourcesOf, topicsOf} from './demo-answer.ts';
import {type DemoStep, textStep} from './demo-script.ts';

interface Command {
  /** The command as the guide names it; absent if the guide does not mention it. */
  readonly say?: string;
  /** The guide's description of its answer. */
  readonly shows?: string;
  /** Words that call it, alone or after "show me a …". */
  readonly names: readonly string[];
  readonly steps: (
    index: PassageIndex,
    tools: readonly ToolDefinition[],
  ) => readonly DemoStep[] | Promise<readonly DemoStep[]>;
}

/** Words around a command that are ignored. */
const filler = new Set(
  `please bitte can could would will you me i we us want to see like a an the some any of one your my how let lets
  now just really quickly with in an es mir mal ein eine einen einer ich will mochte kannst du this that is it what
  example sample demo ok okay hey`.split(/\s+/),
);
const verbs = new Set(
  `show give display print draw render write make create send try do demonstrate stream trigger cause produce call use
  zeig zeige gib mach schreib schreibe`.split(/\s+/),
);

/** Characters of the long answer. */
const longAnswer = 12_000;

const commands: readonly Command[] = [
  {
    names: [
      'hi',
      'hello',
      'hello there',
      'hallo',
      'hey',
      'good morning',
      'good evening',
      'moin',
      'servus',
      'guten tag',
    ],
    steps: (index) => [textStep(`Hello! ${introduction(index)}`)],
  },
  {
    say: 'help',
    shows: 'this list',
    names: [
      'help',
      'hilfe',
      'commands',
      'what can do',
      'what can ask',
      'who are',
      'was kann fragen',
      'was kannst',
      'wer bist',
    ],
    steps: (index, tools) => [textStep(`${introduction(index)}\n\n${guide(tools)}`)],
  },
  {
    names: ['thanks', 'thank', 'thank you', 'thx', 'danke', 'great', 'cool', 'nice', 'bye', 'tschuss'],
    steps: () => [textStep('You are welcome. Ask me anything else about these documents, or say `help`.')],
  },
  {
    say: 'show a table',
    shows: 'columns, aligned left and right',
    names: ['table', 'tables', 'tabelle', 'grid'],
    steps: () => [textStep(table)],
  },
  {
    say: 'show a list',
    shows: 'bullets, numbers and tasks',
    names: ['list', 'lists', 'liste', 'bullet list', 'numbered list', 'task list', 'bullets'],
    steps: () => [textStep(list)],
  },
  {
    say: 'show code',
    shows: 'blocks of code that can be copied',
    names: ['code', 'code block', 'snippet', 'code snippet', 'function', 'javascript', 'python', 'programm', 'program'],
    steps: () => [textStep(code)],
  },
  {
    say: 'show a quote',
    shows: 'a quotation and links',
    names: ['quote', 'quotes', 'blockquote', 'zitat', 'link', 'links'],
    steps: () => [textStep(quote)],
  },
  {
    say: 'show math',
    shows: 'formulas as a model writes them',
    names: ['math', 'maths', 'formula', 'formulas', 'equation', 'latex', 'formel', 'mathe'],
    steps: () => [textStep(math)],
  },
  {
    say: 'show a tool call',
    shows: 'a tool at work, and its result',
    names: ['tool', 'tools', 'tool call', 'tool use', 'function call', 'werkzeug'],
    steps: toolCall,
  },
  {
    say: 'show thinking',
    shows: 'what a model thinks before it answers',
    names: ['thinking', 'think', 'reasoning', 'thoughts', 'reason', 'denken'],
    steps: () => thinking,
  },
  {
    say: 'show sources',
    shows: 'what an answer rests on',
    names: ['source', 'sources', 'citation', 'citations', 'quellen', 'references'],
    steps: (index) => {
      const rests = index.passages.slice(0, 1);
      return [textStep('The documents that an answer rests on are named below it, like this:'), ...sourcesOf(rests)];
    },
  },
  {
    say: 'show a long answer',
    shows: 'pages of text, to scroll in and to stop',
    names: ['long answer', 'long', 'long text', 'essay', 'lange antwort', 'story', 'everything know', 'long message'],
    steps: (index) => longText(index),
  },
  {
    say: 'show waiting',
    shows: 'four seconds in which nothing comes',
    names: ['waiting', 'wait', 'pause', 'slow answer', 'delay', 'slow', 'warten'],
    steps: () => [
      {type: 'pause', milliseconds: 4000},
      textStep('That took four seconds, as a model does that reads a long conversation first.'),
    ],
  },
  {
    say: 'show an error',
    shows: 'an answer that fails in the middle',
    names: ['error', 'errors', 'failure', 'fehler', 'crash', 'fail'],
    steps: () => [
      textStep('This answer is about to fail in the middle of a sen'),
      new ChatError(
        'provider-error',
        'The model could not finish the answer. You asked for an error, and this is one.',
      ).toEvent(),
    ],
  },
  {
    say: 'show a cut answer',
    shows: 'an answer whose connection is lost',
    names: ['cut', 'cut answer', 'cut off', 'interruption', 'interrupted answer', 'disconnect', 'abbruch'],
    steps: () => [textStep('The connection to the model is about to be lost, and then'), {type: 'cut'}],
  },
  {
    say: 'show everything',
    shows: 'all that an answer can hold, at once',
    names: ['everything', 'all', 'all of it', 'alles', 'all states', 'kitchen sink'],
    steps: async (index) => [
      ...thinking,
      textStep('\n\n'),
      ...(await toolCall(index)),
      textStep(`\n\n${[table, list, code, quote, math].join('\n\n')}`),
      ...sourcesOf(index.passages.slice(0, 1)),
    ],
  },
];

/** Whether the message is a command and says nothing else. */
export function isCommand(message: string): boolean {
  return matchExactly(wordsIn(message)) !== undefined;
}

/**
 * The steps of the command in a message. `exactly`: the message says nothing else. `loosely`: it may say more, as in
 * "a table of all rivers"; this is worth a try only if the documents have no answer.
 */
export async function commandSteps(
  message: string,
  index: PassageIndex,
  {match, tools}: {readonly match: 'exactly' | 'loosely'; readonly tools: readonly ToolDefinition[]},
): Promise<readonly DemoStep[] | undefined> {
  const words = wordsIn(message);
  const command = match === 'exactly' ? matchExactly(words) : matchLoosely(words);
  return command?.steps(index, tools);
}

function wordsIn(message: string): readonly string[] {
  return normalizeForSearch(message).match(/[\p{L}\p{N}]+/gu) ?? [];
}

function matchExactly(words: readonly string[]): Command | undefined {
  const said = words.filter((word) => !filler.has(word));
  const asked = said[0] !== undefined && verbs.has(said[0]) && said.length > 1 ? said.slice(1) : said;
  // Some commands, as "what can you do", have only ignored words: all words as they stand are tried, too.
  const whole = [
    asked.join(' '),
    said.join(' '),
    words.filter((word) => !['you', 'i', 'du', 'ich'].includes(word)).join(' '),
  ];
  return commands.find(({names}) => names.some((name) => whole.includes(name)));
}

function matchLoosely(words: readonly string[]): Command | undefined {
  if (!words.some((word) => verbs.has(word))) return undefined;
  return commands.find(({say, names}) => say !== undefined && names.some((name) => words.includes(name)));
}

function introduction(index: PassageIndex): string {
  const count = new Set(index.passages.map(({document}) => document.id)).size;
  const from = index.areExamples
    ? "I answer from this site's own documents"
    : count === 0
      ? 'I have no documents to answer from yet'
      : `I answer from ${count === 1 ? 'one document' : `${count} documents`}`;
  const asked = (index.areExamples ? [] : topicsOf(index, 3)).map((topic) => `**${topic}**`);
  const about = asked.length > 0 ? ` Ask me about ${joinList(asked)}, for example.` : '';
  return `I am the demo model. I work offline, without a key: ${from}, and I can show you what this chat does.${about}`;
}

/** Questions that call tools of the server, with what they show. */
const toolQuestions: readonly {readonly tool: string; readonly say: string; readonly shows: string}[] = [
  {tool: 'calculator', say: 'What is 12.5 * (3 + 4)?', shows: 'a tool of the server, and its result'},
  {tool: 'weather', say: 'weather in San Francisco', shows: 'a tool that takes a moment'},
  {tool: 'weather', say: 'weather in Atlantis', shows: 'a tool that fails'},
  {tool: 'ring-bell', say: 'ring the bell', shows: 'a tool that waits for your yes'},
  {tool: 'reserve-seat', say: 'reserve a seat', shows: 'a tool that asks you by a form'},
];

function guide(tools: readonly ToolDefinition[] = []): string {
  const asked = toolQuestions.filter(({tool}) => tools.some(({name}) => name === tool));
  const lines = [...commands, ...asked].flatMap(({say, shows}) =>
    say === undefined ? [] : [`- \`${say}\`: ${shows}`],
  );
  return [
    'Say one of these:',
    lines.join('\n'),
    'Begin a question with `think` to see how I look for the answer.',
  ].join('\n\n');
}

/** Says that no passage fits, and names topics that would: those of the passages that were found, or else of the documents. */
export function admitNothingFound(index: PassageIndex, given?: PassageIndex): readonly DemoStep[] {
  const found = [...new Set(given?.passages.map(passageName))].slice(0, 4);
  const topics = found.length > 0 || index.areExamples ? found : topicsOf(index, 4);
  const asked = topics.map((topic) => `- ${topic}`);
  const lines = [
    'I found nothing about that in the documents that I answer from. I am a small offline model: I do not know what is not in there, and I do not guess.',
    ...(asked.length > 0 ? [`You could ask me about:\n\n${asked.join('\n')}`] : []),
    'Or say `help` to see what I can show you.',
  ];
  return [textStep(lines.join('\n\n'))];
}

/** Searches the documents and shows that as a tool call. */
async function toolCall(index: PassageIndex): Promise<readonly DemoStep[]> {
  const query = topicsOf(index, 1)[0] ?? 'chat';
  const found = (await index.search(query, {limit: 3})).map(({passage}) => passage);
  const output = found.map((passage) => ({title: passageName(passage), document: passage.document.title}));
  const call = {callId: 'call_search_1', name: 'search_documents'};
  return [
    textStep('I look it up.'),
    {type: 'tool-call', ...call, input: {query}},
    {type: 'pause', milliseconds: 900},
    {type: 'tool-result', callId: call.callId, output},
    textStep(
      found.length === 0
        ? '\n\nThe search found nothing, since there are no documents here.'
        : `\n\nFor “${query}” the search found ${joinList(
            output.map(({title}) => `**${title}**`),
            'and',
          )}.`,
    ),
  ];
}

const thinking: readonly DemoStep[] = [
  {
    type: 'reasoning-delta',
    delta:
      'I was asked to show my thoughts. A model that reasons writes them before its answer, and the page shows them ' +
      'apart from it, folded away when the answer begins.\n\nI have nothing more to think about here, so I answer now.',
  },
  {type: 'pause', milliseconds: 300},
  textStep('What stands above this line are my thoughts. They are kept apart from the answer and can be unfolded.'),
];

function longText(index: PassageIndex): readonly DemoStep[] {
  const chosen = [];
  let left = longAnswer;
  for (const passage of index.passages) {
    if (passage.text.length > left) break;
    chosen.push(passage);
    left -= passage.text.length;
  }
  if (chosen.length === 0) return [textStep([guide(), table, list, code, quote, math].join('\n\n'))];
  const pages = chosen.map((passage) => `## ${passageName(passage)}\n\n${passage.text}`);
  const contents = chosen.map((passage) => `1. **${passageName(passage)}** ${firstSentence(passage)}`.trim());
  return [
    textStep(
      `Here is all that I know from the beginning. Scroll while it grows, or stop it.\n\n${contents.join('\n')}\n\n${pages.join('\n\n')}`,
    ),
    ...sourcesOf(chosen),
  ];
}

const table = `Rivers of Europe by length:

| River   | Mouth         | Length (km) |
| :------ | :------------ | ----------: |
| Volga   | Caspian Sea   |       3,530 |
| Danube  | Black Sea     |       2,850 |
| Ural    | Caspian Sea   |       2,428 |
| Dnieper | Black Sea     |       2,201 |
| Rhine   | North Sea     |       1,233 |

The **Danube** runs through ten countries, more than any other river.`;

const list = `Making tea takes four steps:

1. Boil fresh water.
2. Warm the pot.
3. Pour the water over the leaves:
   - black tea: 95 °C, four minutes
   - green tea: 75 °C, two minutes
4. Take the leaves out.

What is on the table:

- [x] cups
- [x] milk
- [ ] biscuits`;

const code = `This reads a stream of text as it arrives:

\`\`\`js
const response = await fetch('/api/chat', {
  method: 'POST',
  headers: {'content-type': 'application/json'},
  body: JSON.stringify({messages: [{role: 'user', content: 'Hello'}]}),
});

for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
  console.log(text);
}
\`\`\`

The same in Python:

\`\`\`python
import httpx

body = {"messages": [{"role": "user", "content": "Hello"}]}
with httpx.stream("POST", "http://localhost:8000/api/chat", json=body) as response:
    for text in response.iter_text():
        print(text, end="", flush=True)
\`\`\`

Inside a sentence, code looks like \`await response.text()\`.`;

const quote = `A quotation stands apart:

> The best way to predict the future is to invent it.
>
> — Alan Kay

And a link leads away: [the specification of Server-Sent Events](https://html.spec.whatwg.org/multipage/server-sent-events.html).`;

const math = `Euler's identity is $e^{i\\pi} + 1 = 0$. The area under the bell curve:

$$
\\int_{-\\infty}^{\\infty} e^{-x^2} \\, dx = \\sqrt{\\pi}
$$`;
