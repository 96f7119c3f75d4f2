/** What a configuration file may hold, for us to check it and for editors to help with it. Knows no environment. */
import {z} from 'zod';

const text = z.string().min(1);
const origin = text.refine(
  (value) => URL.parse(value)?.origin === value,
  'must be an origin, like https://example.com',
);
const count = z.int().min(1);

const plan = z.strictObject({
  name: text.describe('What keys and tokens call it. `default` is everybody’s who has none.'),
  maxTokens: count.describe('Tokens of an answer.').optional(),
  maxMessages: count
    .describe('Messages of a request. Of a stored chat the model is told so many, the newest.')
    .optional(),
  maxPromptLength: count.describe('Characters of a question.').optional(),
  perMinute: z.int().min(0).describe('Requests in any minute.').optional(),
  perHour: z.int().min(0).describe('Requests in any hour.').optional(),
});

const ceiling = z.strictObject({
  tokensPerDay: z.int().min(0).describe('Tokens of questions and answers together in a day of UTC.').optional(),
  usdPerDay: z.number().min(0).describe('USD in a day of UTC, by the prices of `models`.').optional(),
});

const jwt = z.strictObject({
  trust: z
    .union([z.strictObject({secret: text}), z.strictObject({jwksUrl: text})])
    .describe('What your site signs with: `{"secret": …}` of 32 bytes or more, or `{"jwksUrl": …}`.'),
  issuer: text.describe('`iss` that a token must have; anything where absent.').optional(),
  audience: text.describe('`aud` that a token must have; anything where absent.').optional(),
  clockTolerance: z.int().min(0).describe('Seconds by which clocks may differ; 30 where absent.').optional(),
});

const model = z.strictObject({
  id: text.describe('As the upstream calls it.'),
  name: text.describe('What people read in the picker.').optional(),
  description: text.describe('A line under the name.').optional(),
  contextLength: count.describe('Tokens that question, history and answer may have together.').optional(),
  pricing: z
    .strictObject({
      prompt: z.number().min(0).describe('USD per 1000 tokens of what is read.'),
      completion: z.number().min(0).describe('USD per 1000 tokens of what is written.'),
    })
    .optional(),
  tags: z.array(text).describe('What it is good for, such as `reasoning` or `code`; listed with the model.').optional(),
});

/** What a configuration file may hold. A key that is not here is a mistake, and is said to be one. */
export const configurationFile = z.strictObject({
  $schema: text.describe('Where editors find what a file may hold.').optional(),
  openai: z
    .strictObject({
      baseUrl: text.describe('Up to and with the version, like `https://api.openai.com/v1`; `OPENAI_BASE_URL`.'),
      apiKey: text.describe('Absent for upstreams that want none; `OPENAI_API_KEY`.').optional(),
      id: text.describe('Shown as the models’ provider; taken from the host where absent.').optional(),
      headers: z.record(text, text).describe('Sent with every request, for gateways that want more.').optional(),
    })
    .describe('Any upstream that speaks OpenAI’s chat completions.')
    .optional(),
  anthropic: z
    .strictObject({
      apiKey: text.describe('`ANTHROPIC_API_KEY`.'),
      baseUrl: text.describe('`https://api.anthropic.com/v1` where absent.').optional(),
      id: text.describe('Shown as the models’ provider; `anthropic` where absent.').optional(),
      maxTokens: count.describe('Tokens of an answer for which nobody asked a length; 8192 where absent.').optional(),
      thinking: z
        .record(text, z.json())
        .describe('How the models think, in Anthropic’s words; sent as it is.')
        .optional(),
    })
    .describe('Anthropic’s own API, beside or instead of the other.')
    .optional(),
  fallbacks: z
    .record(text, z.array(text))
    .describe('By a model’s id: the models that answer where it cannot, in this order.')
    .optional(),
  databaseUrl: text.describe('`sqlite:PATH`; `CHATLET_DATABASE_URL`.').optional(),
  secret: text.describe('Signs visitor tokens; `CHATLET_SECRET`.').optional(),
  apiKeys: z
    .array(
      z.strictObject({
        key: text.describe('What a program sends.'),
        plan: text.describe('The name of its plan.'),
        account: text.describe('Whose key it is; keys of one account see the same chats.').optional(),
      }),
    )
    .describe('Keys of programs; `CHATLET_API_KEYS`.')
    .optional(),
  plans: z
    .array(plan)
    .describe('Plans of your own, or in the place of built-in ones of the same name. A number left out is no limit.')
    .optional(),
  spending: z
    .strictObject({
      visitors: ceiling.describe('For all together who have not signed in.').optional(),
      everybody: ceiling.describe('For all callers together, visitors among them.').optional(),
    })
    .describe('What a day may cost.')
    .optional(),
  auth: z
    .strictObject({
      jwt: jwt.describe('How the tokens are checked that your site gives its users.').optional(),
      visitors: z
        .enum(['welcome', 'refused'])
        .describe('Whether people may ask who have not signed in; `CHATLET_VISITORS`.')
        .optional(),
    })
    .describe('Who may ask.')
    .optional(),
  trustProxy: z
    .union([z.int().min(0), z.array(text)])
    .describe('How many proxies stand in front, or their addresses; `CHATLET_TRUST_PROXY`.')
    .optional(),
  metricsToken: text.describe('Who may read `/metrics`; `CHATLET_METRICS_TOKEN`.').optional(),
  origins: z.array(origin).describe('Origins whose pages may use the server; `CHATLET_ORIGINS`.').optional(),
  ollama: z.boolean().describe('Serves clients of Ollama’s own API too.').optional(),
  defaultModel: text.describe('The model where none is asked for; `CHATLET_MODEL`.').optional(),
  aliases: z.record(text, text).describe('Other names for models.').optional(),
  models: z.array(model).describe('What the upstream does not tell of its models, or tells otherwise.').optional(),
  instructions: text.describe('What the model is told before every conversation.').optional(),
  maxAnswerLength: count.describe('Characters after which an answer is cut; a million where absent.').optional(),
  page: z
    .strictObject({
      heading: text.describe('The name in the header.').optional(),
      subheading: text.describe('The line under it.').optional(),
      greeting: text.describe('What stands above the first question.').optional(),
      introduction: text.describe('A sentence under the greeting.').optional(),
      starters: z.array(text).max(12).describe('Questions to begin with, one press each.').optional(),
      disclaimer: text.describe('A line under the composer.').optional(),
      placeholder: text.describe('What the empty composer says.').optional(),
    })
    .describe('What the widget shows, where the page does not say it by attributes.')
    .optional(),
});

/** The same as JSON Schema, which `$schema` in a file leads editors to. */
export function configurationJsonSchema(): object {
  return {
    title: 'Configuration of a Chatlet server',
    ...jsonSchema(),
  };
}

/** Every key of a configuration file with what it is for, as a table of Markdown. */
export function configurationTable(): string {
  const rows = [['key', 'means'], ...rowsOf(jsonSchema(), '')];
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[], fill: string) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0, fill)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head, ' '), line(['', ''], '-'), ...body.map((row) => line(row, ' '))].join('\n');
}

function jsonSchema(): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(configurationFile, {io: 'input'});
}

/** The keys of an object and of what is inside it, in the order in which they are written above. */
function rowsOf({properties = {}}: z.core.JSONSchema.BaseSchema, path: string): readonly (readonly string[])[] {
  return Object.entries(properties).flatMap(([key, value]) => {
    if (typeof value === 'boolean' || key === '$schema') return [];
    const {items} = value;
    const inside = items && !Array.isArray(items) && typeof items === 'object' ? items : value;
    const name = path + key + (inside === value ? '' : '[]');
    const row = value.description === undefined ? [] : [[`\`${name}\``, value.description]];
    return [...row, ...rowsOf(inside, `${name}.`)];
  });
}
