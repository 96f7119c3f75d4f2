/** `chatlet-server doctor`: tries each upstream with small questions, and prints what works. */
import {ChatError, type ChatEvent} from '@chatlet/protocol';
import {type AskedUpstream, askUpstreams, missingDefault} from '../check-upstreams.ts';
import {readConfiguration} from '../configuration.ts';
import type {LearnedFact} from '../engine/log.ts';
import type {ProviderRequest} from '../engine/provider.ts';
import type {Command} from './command.ts';
import {printTable} from './table.ts';

export const doctor: Command = {
  name: 'doctor',
  notes:
    'The command doctor asks each upstream for its models, a stream, a tool call and a look at an image, with the default ' +
    'model or the first one listed. Each question costs a few tokens.',
  async run({env}) {
    const {server: config, secrets} = await readConfiguration(env);
    // An upstream may quote its key.
    const withoutSecrets = (text: string) => secrets.reduce((left, secret) => left.replaceAll(secret, '…'), text);
    const learned: LearnedFact[] = [];
    const checked = await askUpstreams({...config, onLearned: (fact) => learned.push(fact)});
    if (checked.length === 0)
      return {notes: ['There is no upstream to try: the demo model or your own providers answer.']};
    const rows = [['UPSTREAM', 'MODELS', 'MODEL', 'STREAM', 'FIRST TOKEN', 'TOOLS', 'IMAGES']];
    for (const upstream of checked) {
      rows.push((await examine(upstream, config.defaultModel)).map(withoutSecrets));
      await upstream.provider.close?.();
    }
    const notes = [
      ...checked.flatMap(({trouble}) => trouble ?? []),
      missingDefault(checked, config),
      ...explainQuirks(learned),
    ];
    return {out: printTable(rows), notes: notes.filter((note) => note !== undefined)};
  },
};

/** One sentence for each model. */
function explainQuirks(learned: readonly LearnedFact[]): readonly string[] {
  const byModel = Map.groupBy(learned, ({provider, model}) => `"${model}" of "${provider}"`);
  return [...byModel].map(
    ([name, facts]) =>
      `The model ${name} ${facts.map(({quirk}) => quirk).join(', ')}. The server adapts to that by itself.`,
  );
}

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** Milliseconds for each question. */
const patience = 60_000;

/** Instructions in front and between questions, which some models refuse. */
const before: ProviderRequest['messages'] = [
  {role: 'system', parts: [{type: 'text', text: 'Be brief.'}]},
  {role: 'user', parts: [{type: 'text', text: 'Hello'}]},
  {role: 'assistant', parts: [{type: 'text', text: 'Hello!'}]},
  {role: 'system', parts: [{type: 'text', text: 'Answer in English.'}]},
];

async function examine({provider, models}: AskedUpstream, defaultModel: string | undefined): Promise<string[]> {
  const isListed = models?.some(({id}) => id === defaultModel) ?? true;
  const model = (isListed ? defaultModel : undefined) ?? models?.[0]?.id;
  const listed = models ? String(models.length) : 'no list';
  if (model === undefined) return [provider.id, listed, 'none known', '', '', '', ''];
  const ask = (text: string, more: Partial<ProviderRequest> = {}, image?: string) =>
    tryOut(provider, {
      model,
      maxTokens: 200,
      temperature: 0.7,
      ...more,
      messages: [
        ...before,
        {
          role: 'user',
          parts: [
            {type: 'text', text},
            ...(image === undefined ? [] : [{type: 'file', url: image, mediaType: 'image/png'} as const]),
          ],
        },
      ],
    });
  const stream = await ask('Count from one to twenty, in words.');
  const tools = await ask('What is the weather in Rome? Use the tool.', {
    tools: [
      {
        name: 'weather',
        description: 'The weather of a city',
        inputSchema: {type: 'object', properties: {city: {type: 'string'}}},
      },
    ],
  });
  const image = await ask('Which colour is this?', {}, pixel);
  return [
    provider.id,
    listed,
    model,
    stream.error ?? (stream.batches > 1 ? 'yes' : 'whole at once'),
    stream.firstToken === undefined ? '' : `${Math.round(stream.firstToken)} ms`,
    tools.error ?? (tools.events.some(({type}) => type === 'tool-call') ? 'yes' : 'not called'),
    image.error ?? 'yes',
  ];
}

interface Tried {
  readonly events: readonly ChatEvent[];
  readonly batches: number;
  /** Milliseconds. */
  readonly firstToken?: number;
  /** Why it failed, in a few words. */
  readonly error?: string;
}

async function tryOut(provider: AskedUpstream['provider'], request: ProviderRequest): Promise<Tried> {
  const began = performance.now();
  const events: ChatEvent[] = [];
  let batches = 0;
  let firstToken: number | undefined;
  try {
    for await (const batch of provider.answer(request, {signal: AbortSignal.timeout(patience)})) {
      firstToken ??= performance.now() - began;
      batches++;
      events.push(...batch);
    }
    return {events, batches, ...(firstToken !== undefined && {firstToken})};
  } catch (thrown) {
    const {code, message, cause} = ChatError.from(thrown);
    if (code === 'invalid-request') return {events, batches, error: message};
    const reason = cause instanceof Error ? cause.message.replaceAll(/\s+/g, ' ').slice(0, 100) : '';
    return {events, batches, error: reason === '' ? code : `${code}: ${reason}`};
  }
}
