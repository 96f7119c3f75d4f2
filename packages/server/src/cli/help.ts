/** The text of `chatlet-server --help`, made from the list of commands and a table of environment variables. */
import type {Command} from './command.ts';

/** Each variable with its meaning and its default. A second line of the meaning stands below the first. */
const variables: readonly (readonly [names: string, meaning: readonly string[], byDefault?: string])[] = [
  ['PORT, HOST', ['where it listens'], '8000, 127.0.0.1'],
  ['OPENAI_BASE_URL', ['any OpenAI-compatible upstream'], 'the offline demo model'],
  ['OPENAI_API_KEY', ['its key; alone it asks OpenAI']],
  ['ANTHROPIC_API_KEY', ["Anthropic's models too"], 'none'],
  ['CHATLET_MODEL', ['the model if none is asked for'], 'the first one listed'],
  ['CHATLET_TOOLS', ['calculator, weather, search, fetch-page,', 'folders of tools'], 'none'],
  ['CHATLET_DATABASE_URL', ['where chats are kept'], 'sqlite:.chatlet/chatlet.db'],
  ['CHATLET_DISK_RESERVE', ['bytes that stay free on its disk, as 64mb'], '64mb, at most 5 % of the disk'],
  ['CHATLET_INDEX', ['the index of documents'], 'index.db beside the database'],
  ['CHATLET_KEEP_FOR', ['days that chats are kept, as 30 or', 'visitors=30,users=365'], 'until they are deleted'],
  ['CHATLET_API_KEYS', ['key:plan,key:plan:account for programs'], 'none, programs on this machine only'],
  ['CHATLET_ORIGINS', ['origins whose pages may use the server'], 'its own, and pages on this machine'],
  ['CHATLET_VISITORS', ['whether people may ask that have not', 'signed in: welcome, refused'], 'welcome'],
  ['CHATLET_VISITOR_PLAN', ['the plan of those people'], 'visitor'],
  ['CHATLET_JWT_SECRET', ["checks the tokens of your site's users,"], 'none'],
  ['CHATLET_JWKS_URL', ['or the URL of its public keys']],
  ['CHATLET_JWT_ISSUER', ['the required issuer of those tokens'], 'anybody with the key'],
  ['CHATLET_JWT_AUDIENCE', ['the required audience of those tokens'], 'anybody'],
  ['CHATLET_TRUST_PROXY', ['proxies in front: how many, or where'], 'none'],
  ['CHATLET_SECRET', ['signs visitor tokens'], 'made once, beside the database'],
  ['CHATLET_METRICS_TOKEN', ['allows its bearer to read /metrics'], 'programs on this machine'],
  ['CHATLET_LOG_LEVEL', ['silent, error, warn, info, debug'], 'info'],
  ['CHATLET_CONFIG', ['a .json, .mjs or .ts file for the rest'], './chatlet.config.json'],
];

const lineLength = 118;

export function printHelp(commands: readonly Command[]): string {
  const paragraphs = [
    ['chatlet-server: the backend of a chat'],
    commands.map((command) => `  ${usageOf(command)}`),
    variables.flatMap(printVariable),
    ...commands.flatMap(({notes}) => (notes === undefined ? [] : [wrap(notes)])),
    ['  --help, --version'],
  ];
  return `${paragraphs.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function usageOf({name, parameters = [], optionalParameter, options = {}}: Command): string {
  const optional = Object.entries(options).map(
    ([option, {value}]) => `[--${option}${value === undefined ? '' : ` ${value}`}]`,
  );
  const argument = optionalParameter === undefined ? [] : [`[${optionalParameter}]`];
  return ['chatlet-server', name, ...parameters, ...argument, ...optional].join(' ');
}

function printVariable([names, [first = '', ...more], byDefault = '']: (typeof variables)[number]): readonly string[] {
  const line = `  ${names.padEnd(21)}  ${first.padEnd(40)}  ${byDefault}`.trimEnd();
  return [line, ...more.map((words) => ' '.repeat(25) + words)];
}

function wrap(text: string): readonly string[] {
  const lines: string[] = [];
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.length + 1 + word.length > lineLength) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
