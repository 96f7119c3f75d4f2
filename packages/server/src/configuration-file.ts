/** The schema of configuration files: for our check, for editors, and for the documentation. Knows no environment. */
import {z} from 'zod';
import {intervalPattern} from './retrieval/source-settings.ts';
import {toolSettings} from './tools/configured.ts';
import {upstreamKinds} from './upstreams.ts';
import {isOriginPattern} from './origins.ts';

const text = z.string().min(1);
const origin = text.refine(isOriginPattern, 'must be an origin, like https://example.com or https://*.example.com');
const count = z.int().min(1);

const plan = z.strictObject({
  name: text.describe(
    'The name that keys and tokens use. `default` is the plan of callers without one, `visitor` that of visitors.',
  ),
  maxTokens: count
    .describe('Tokens of an answer; of its visible text alone if `maxReasoningTokens` is set.')
    .optional(),
  maxReasoningTokens: z.int().min(0).describe('Tokens that a model may think in addition.').optional(),
  maxMessages: count
    .describe('Messages of a request. From a stored chat the model reads this many of the newest.')
    .optional(),
  maxPromptLength: count.describe('Characters of a question.').optional(),
  maxHistoryLength: z
    .int()
    .min(0)
    .describe('Characters of earlier messages and tools that a request brings along, together.')
    .optional(),
  models: z
    .array(text)
    .describe('Models besides the default model that callers may use; if it is absent, all.')
    .optional(),
  takesInstructions: z.boolean().describe('Whether a request may bring system messages; by default it may.').optional(),
  retrieval: z
    .boolean()
    .describe(
      'Whether documents are searched for answers: `false` never, `true` also on `/v1/*` and other APIs that do not search by themselves.',
    )
    .optional(),
  answersAtOnce: count.describe('Answers that are being written for one caller at the same time.').optional(),
  maxChats: count.describe('Chats that one caller may keep.').optional(),
  maxBytes: count.describe('Bytes of all chats that one caller may keep.').optional(),
  perMinute: z.int().min(0).describe('Requests in any minute.').optional(),
  perHour: z.int().min(0).describe('Requests in any hour.').optional(),
  maxBodyBytes: count.describe('Bytes of the body of a request; 10 000 000 by default.').optional(),
});

const ceiling = z.strictObject({
  tokensPerDay: z.int().min(0).describe('Tokens of questions and answers together in a UTC day.').optional(),
  usdPerDay: z.number().min(0).describe('USD in a UTC day, at the prices of `models`.').optional(),
});

const share = z.number().min(0).max(1);

const source = z.strictObject({
  id: text.describe('Its name in the index; made from the target by default.').optional(),
  target: text.describe(
    'The URL of a site, the path of a folder or a file, or `mcp:ID` for the resources of an MCP server among `tools`.',
  ),
  readers: z
    .union([
      z.enum(['everybody', 'users']),
      z.strictObject({
        plans: z.array(text).optional(),
        owners: z.array(z.templateLiteral([z.enum(['visitor', 'user', 'key']), ':', text])).optional(),
      }),
    ])
    .describe(
      'Who may read it: `everybody` (the default), `users` that have signed in, or `{"plans": […], "owners": ["user:ada"]}`.',
    )
    .optional(),
  baseUrl: text.describe('The URL that a folder is published at, so that its documents can be opened.').optional(),
  include: z.array(text).describe('Patterns of paths that are read, as `guide/**`; all by default.').optional(),
  exclude: z.array(text).describe('Patterns of paths that are not read.').optional(),
  maxPages: count.describe('Pages of a site that are read; 5 000 by default.').optional(),
  every: text
    .regex(intervalPattern, 'must look like 30m, 24h or 7d')
    .describe('How often a running server reads it again, as `30m`, `24h` or `7d`; never by default.')
    .optional(),
});

const visitorCeiling = ceiling.extend({
  visitorShare: share.describe('The part of it for each visitor; 0.02 by default.').optional(),
  networkShare: share
    .describe('The part for the visitors of a network (IPv4 /24, IPv6 /48); 0.05 by default.')
    .optional(),
  newVisitorShare: share
    .describe('The last part, kept for visitors that have used nothing today; 0.2 by default.')
    .optional(),
});

const jwt = z.strictObject({
  trust: z
    .union([z.strictObject({secret: text}), z.strictObject({jwksUrl: text})])
    .describe('The key that checks signatures: `{"secret": …}` of 32 bytes or more, or `{"jwksUrl": …}`.'),
  issuer: text.describe('The required `iss` of a token; by default any.').optional(),
  audience: text.describe('The required `aud` of a token; by default any.').optional(),
  clockTolerance: z.int().min(0).describe('Seconds by which the clocks may differ; 30 by default.').optional(),
});

const model = z.strictObject({
  id: text.describe('The upstream’s id of the model.'),
  name: text.describe('The name in the picker.').optional(),
  description: text.describe('A line under the name.').optional(),
  contextLength: count.describe('Tokens of question, history and answer together.').optional(),
  pricing: z
    .strictObject({
      prompt: z.number().min(0).describe('USD per 1000 tokens of the prompt.'),
      completion: z.number().min(0).describe('USD per 1000 tokens of the answer.'),
      cachedPrompt: z
        .number()
        .min(0)
        .describe('USD per 1000 tokens of the prompt that the upstream reads from its cache; by default as others.')
        .optional(),
      cacheWrite: z
        .number()
        .min(0)
        .describe('USD per 1000 tokens of the prompt that the upstream writes into its cache; by default as others.')
        .optional(),
    })
    .optional(),
  tags: z
    .array(text)
    .describe('The model’s strengths, such as `reasoning` or `code`; listed with the model.')
    .optional(),
});

const upstream = z.strictObject({
  id: z
    .string()
    .regex(/^[\w.-]+$/, 'may hold letters, digits, dots, underscores and dashes only')
    .describe('Shown as the models’ provider; the model `ID/NAME` is the model `NAME` of this upstream.'),
  kind: z
    .enum(upstreamKinds)
    .describe(
      'The API that it speaks. `openai` is every upstream with OpenAI’s chat completions, `responses` every one with its Responses API.',
    ),
  baseUrl: text
    .describe('The URL with the version; by default OpenAI’s, Anthropic’s, Gemini’s, or a local Ollama’s.')
    .optional(),
  apiKeyEnv: text.describe('The environment variable with its key; leave it out if it needs none.').optional(),
  headers: z.record(text, text).describe('Headers for every request.').optional(),
  models: z
    .array(text)
    .describe(
      'Its models, by names and patterns like `gpt-*`. Others are not listed; names are asked for, listed or not.',
    )
    .optional(),
  timeoutMs: count
    .describe('Milliseconds until it must begin to answer, and that it may be silent then; 300 000 by default.')
    .optional(),
  unlisted: z
    .boolean()
    .describe('Whether callers may ask for models that nobody lists or configures; by default they may not.')
    .optional(),
});

const wordName = z.string().regex(/^[a-z][A-Za-z-]{0,39}$/, 'must be the name of a word, like `send`');
const word = text.max(500);
const wordGroup = z.record(wordName, word);
/** Characters of all of them as JSON. Every page loads them before its first question. */
const mostWords = 20_000;

const page = z.strictObject({
  heading: text.describe('The name in the header.').optional(),
  subheading: text.describe('The line under it.').optional(),
  greeting: text.describe('The title above the first question.').optional(),
  introduction: text.describe('A sentence under the greeting.').optional(),
  aiNotice: text
    .regex(/\S/, 'must have words, or be `off`')
    .describe('Says before the first question that no human answers; `off` if visitors are told in another way.')
    .optional(),
  starters: z.array(text).max(12).describe('Questions to begin with, as buttons.').optional(),
  disclaimer: text.describe('A line under the composer.').optional(),
  placeholder: text.describe('The text in the empty composer.').optional(),
  contact: text
    .regex(/^(?:(?:https?:\/\/|mailto:|tel:)\S+|[^\s@:/]+@[^\s@:/]+)$/, 'must be an address or a mail address')
    .describe('A URL or a mail address, to which an answer leads that is not from the site’s pages.')
    .optional(),
  math: z.boolean().describe('Whether formulas (LaTeX) are set.').optional(),
  strings: z
    .record(wordName, z.union([word, z.record(wordName, z.union([word, wordGroup]))]))
    .refine((words) => JSON.stringify(words).length <= mostWords, `must have at most ${mostWords} characters`)
    .describe('Other words in place of some of the widget’s, by their names.')
    .optional(),
});

/** The schema of a configuration file. A key that is not in it is an error. */
export const configurationFile = z.strictObject({
  $schema: text.describe('The schema for editors.').optional(),
  openai: z
    .strictObject({
      baseUrl: text.describe('The URL with the version, like `https://api.openai.com/v1`; `OPENAI_BASE_URL`.'),
      apiKey: text.describe('Leave it out if the upstream needs none; `OPENAI_API_KEY`.').optional(),
      id: text.describe('Shown as the models’ provider; by default the host.').optional(),
      headers: z.record(text, text).describe('Headers for every request, for gateways that need more.').optional(),
    })
    .describe('Any upstream with OpenAI’s chat completions API.')
    .optional(),
  anthropic: z
    .strictObject({
      apiKey: text.describe('`ANTHROPIC_API_KEY`.'),
      baseUrl: text.describe('By default `https://api.anthropic.com/v1`.').optional(),
      id: text.describe('Shown as the models’ provider; by default `anthropic`.').optional(),
      maxTokens: count.describe('Tokens of an answer if the request names no number; 8192 by default.').optional(),
      thinking: z.record(text, z.json()).describe('Anthropic’s `thinking` option, sent unchanged.').optional(),
    })
    .describe('Anthropic’s own API, in addition to the other upstream or instead of it.')
    .optional(),
  upstreams: z
    .array(upstream)
    .describe('Further upstreams, or all of them. If several list a model, the first one answers.')
    .optional(),
  fallbacks: z
    .record(text, z.array(text))
    .describe('By a model’s id: the models that answer if it fails, in this order.')
    .optional(),
  contact: z
    .strictObject({
      url: z
        .url({protocol: /^https?$/})
        .describe('A page where visitors find a person.')
        .optional(),
      email: z.email().describe('Their mail address.').optional(),
      webhook: z
        .strictObject({
          url: z.url({protocol: /^https?$/}).describe('Gets each chat that a visitor hands over, as a signed POST.'),
          secret: text
            .min(24)
            .describe(
              'Signs it as Standard Webhooks does: `whsec_` and base64 of 24 bytes or more, or any 24 characters or more.',
            ),
        })
        .describe('A reply is a `POST` to the path in it, with `metricsToken`.')
        .optional(),
    })
    .describe('The people whom a visitor can ask in place of the model.')
    .optional(),
  databaseUrl: text.describe('`sqlite:PATH`; `CHATLET_DATABASE_URL`.').optional(),
  diskReserve: count
    .describe('Bytes that must be free on the database’s disk before a question is taken; `CHATLET_DISK_RESERVE`.')
    .optional(),
  keepFor: z
    .strictObject({
      visitors: count.describe('For chats of visitors that have not signed in.').optional(),
      users: count.describe('For chats of your site’s users.').optional(),
      responses: count.describe('For stored responses of `/v1/responses`; 30 by default.').optional(),
    })
    .describe('Days without a question after which a chat is deleted; by default chats are kept. `CHATLET_KEEP_FOR`.')
    .optional(),
  secret: text.describe('Signs visitor tokens; `CHATLET_SECRET`.').optional(),
  apiKeys: z
    .array(
      z.strictObject({
        key: text.describe('The key that a program sends.'),
        plan: text.describe('The name of the key’s plan.'),
        account: text.describe('The key’s owner. All keys of an account see the same chats.').optional(),
      }),
    )
    .describe('Keys of programs; `CHATLET_API_KEYS`.')
    .optional(),
  plans: z
    .array(plan)
    .describe('Your own plans. They override built-in plans of the same name. An absent number sets no limit.')
    .optional(),
  spending: z
    .strictObject({
      visitors: visitorCeiling
        .describe('For all visitors together that have not signed in; 2 000 000 tokens by default, `{}` for no limit.')
        .optional(),
      everybody: ceiling.describe('For all callers together, visitors among them.').optional(),
    })
    .describe('The ceiling of a day’s cost.')
    .optional(),
  answersOfAddress: count
    .describe('Answers that are being written for all visitors of one address at the same time; 16 by default.')
    .optional(),
  auth: z
    .strictObject({
      jwt: jwt.describe('The check of your site’s tokens for its users.').optional(),
      visitors: z
        .enum(['welcome', 'refused'])
        .describe('Whether visitors that are not signed in may ask; `CHATLET_VISITORS`.')
        .optional(),
      visitorPlan: text
        .describe(
          'The plan of visitors; `default` opens the server to them. `visitor` by default; `CHATLET_VISITOR_PLAN`.',
        )
        .optional(),
    })
    .describe('Visitors and signed-in users.')
    .optional(),
  trustProxy: z
    .union([z.int().min(0), z.array(text)])
    .describe('The number of trusted proxies in front, or their addresses; `CHATLET_TRUST_PROXY`.')
    .optional(),
  metricsToken: text
    .describe('The Bearer token for `/metrics`, `/api/gaps` and `/api/stale`; `CHATLET_METRICS_TOKEN`.')
    .optional(),
  docs: z
    .union([z.enum(['local', 'public', 'off']), z.strictObject({token: text})])
    .describe(
      'Who may see `/docs`, `/openapi.json`, `/guide/`, `/gallery` and `/playground`; by default `local`, this machine; `CHATLET_DOCS`.',
    )
    .optional(),
  connections: z
    .strictObject({
      perAddress: count.describe('Of one IPv4 address or IPv6 /64; 500 by default.').optional(),
      total: count.describe('Of all together; 10 000 by default.').optional(),
    })
    .describe('The most open connections.')
    .optional(),
  origins: z.array(origin).describe('Allowed origins of pages; `CHATLET_ORIGINS`.').optional(),
  ollama: z.boolean().describe('Serves clients of Ollama’s API too.').optional(),
  passOptions: z
    .array(text)
    .describe('Further keys of requests of `/v1` that upstreams get as they are, such as `top_k`. Others are refused.')
    .optional(),
  defaultModel: text.describe('The model if a request names none; `CHATLET_MODEL`.').optional(),
  aliases: z.record(text, text).describe('Other names for models.').optional(),
  models: z.array(model).describe('Facts about models, in addition to the upstream’s or instead of them.').optional(),
  retrieval: z
    .strictObject({
      mode: z
        .enum(['always', 'tool', 'off'])
        .describe(
          'When documents are searched: before each answer, when the model calls a tool, or never. `always` by default.',
        )
        .optional(),
      passages: z
        .int()
        .min(1)
        .max(50)
        .describe('Passages that are looked for, without their neighbours; 12 by default.')
        .optional(),
      maxTokens: z.int().min(100).describe('Tokens of all passages in a prompt; 4000 by default.').optional(),
      followUps: z
        .boolean()
        .describe('Whether an answer ends with questions to go on with; by default it does.')
        .optional(),
      rewrite: z
        .boolean()
        .describe(
          'Whether the model first writes a question anew that follows others, so that “and in Vue?” finds the right pages. It costs a short request before each such answer; by default it does not.',
        )
        .optional(),
      index: text
        .describe('The file of the index; `index.db` beside the database by default; `CHATLET_INDEX`.')
        .optional(),
      sources: z
        .array(source)
        .describe('Sites, folders, files and MCP servers that `chatlet-server ingest` reads into the index.')
        .optional(),
      embeddings: z
        .strictObject({
          upstream: text.describe('The id of the upstream that makes them; the first one by default.').optional(),
          model: text.describe('The upstream’s id of the model, such as `text-embedding-3-small`.'),
        })
        .describe('Passages with a similar meaning are found, too. The upstream gets all documents and all questions.')
        .optional(),
    })
    .describe('How answers are based on documents.')
    .optional(),
  instructions: text.describe('Instructions that the model reads before every conversation.').optional(),
  tools: toolSettings
    .describe(
      'Tools that the server runs for the model in chats: `calculator`, `weather`, `search`, `fetch-page`, `{"openapi": …}`, `{"folder": "./tools"}` and others; `CHATLET_TOOLS`.',
    )
    .optional(),
  toolLimits: z
    .strictObject({
      timeout: count.describe('Milliseconds that a tool may take; 30 000 by default.').optional(),
      rounds: count
        .describe('Times that the model may call tools before it must answer in words; 8 by default.')
        .optional(),
      callsOfRound: count.describe('Calls that run at once; 16 by default.').optional(),
      resultLength: count
        .describe('Characters of a result that the model reads at once, and then in parts; 40 000 by default.')
        .optional(),
    })
    .describe('How long tools may take, and how often the model may call some.')
    .optional(),
  pageTools: z
    .boolean()
    .describe('Whether the model may call functions that the page registers; by default it may.')
    .optional(),
  maxAnswerLength: count.describe('Characters after which an answer is cut; a million by default.').optional(),
  page: page.describe('Texts and settings of the widget, unless the page’s attributes set them.').optional(),
});

/** The schema as JSON Schema, which editors find by `$schema` in a file. */
export function configurationJsonSchema(): object {
  return {
    title: 'Configuration of a Chatlet server',
    ...jsonSchema(),
  };
}

/** All keys of a configuration file with their meanings, as a Markdown table. */
export function configurationTable(): string {
  const rows = [['key', 'means'], ...listKeys(jsonSchema(), '')];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head, ' '), line(['', ''], '-'), ...body.map((row) => line(row, ' '))].join('\n');
}

function jsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configurationFile, {io: 'input'});
}

/** The keys of an object and of the objects in it, in the order of the schema. */
function listKeys({properties = {}}: z.core.JSONSchema.BaseSchema, path: string): readonly (readonly string[])[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    if (typeof value === 'boolean' || key === '$schema') return [];
    const {items} = value;
    const inside = items && !Array.isArray(items) && typeof items === 'object' ? items : value;
    const name = path + key + (inside === value ? '' : '[]');
    const row = value.description === undefined ? [] : [[`\`${name}\``, value.description]];
    return [...row, ...listKeys(inside, `${name}.`)];
  });
}
