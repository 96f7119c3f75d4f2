/**
 * The prompts of an MCP server that need no arguments. They are kept, and looked for in the background, so that nobody waits
 * for the server. Knows no page.
 */
import type * as mcpPackage from '@modelcontextprotocol/client';
import type {Prompt} from '../../engine/prompts.ts';
import {type Rules, ruleFor} from '../rules.ts';
import type {Client, Connection} from './connection.ts';

export interface Prompts {
  /** The prompts that are known now. */
  now(): readonly Prompt[];
  /** Looks for them anew, as when the server says that they have changed. Never rejects. */
  refresh(): Promise<void>;
}

/** Prompts of a server. */
const mostPrompts = 12;
/** UTF-16 units of a prompt's text. */
const longestText = 8_000;
/** Milliseconds for the list, and for each prompt. */
const timeout = 10_000;
/** Milliseconds after which they are looked for again: when they were found, and when that failed. */
const freshFor = {found: 10 * 60_000, failed: 60_000};

/** @param names names and patterns like `plan-*`: the prompts that are taken */
export function createPrompts(connection: Pick<Connection, 'open'>, names: readonly string[]): Prompts {
  const rules: Rules = Object.fromEntries(names.map((name) => [name, 'allowed']));
  let known: readonly Prompt[] = [];
  let nextLook = names.length > 0 ? 0 : Infinity;
  let looking: Promise<void> | undefined;
  let isOutdated = false;

  async function look(): Promise<void> {
    do {
      isOutdated = false;
      try {
        known = await readPrompts(await connection.open(), rules);
        nextLook = performance.now() + freshFor.found;
      } catch {
        // The server is away, or slow. The known prompts stay.
        nextLook = performance.now() + freshFor.failed;
      }
    } while (isOutdated);
  }

  async function refresh(): Promise<void> {
    // A prompt may change after it was read.
    isOutdated = looking !== undefined;
    looking ??= look().finally(() => (looking = undefined));
    return looking;
  }

  return {
    now() {
      if (!looking && performance.now() >= nextLook) void refresh();
      return known;
    },
    refresh,
  };
}

async function readPrompts(client: Client, rules: Rules): Promise<readonly Prompt[]> {
  if (!client.getServerCapabilities()?.prompts) return [];
  const {prompts} = await client.listPrompts(undefined, {timeout, cacheMode: 'refresh'});
  const taken = prompts
    .filter(
      ({name, arguments: args = []}) => ruleFor([name], rules) === 'allowed' && !args.some(({required}) => required),
    )
    .slice(0, mostPrompts);
  const read = await Promise.all(taken.map((prompt) => readPrompt(client, prompt)));
  return read.filter((prompt) => prompt !== undefined);
}

/** Undefined if it cannot be read, has no words, or too many. */
async function readPrompt(client: Client, {name, title}: mcpPackage.Prompt): Promise<Prompt | undefined> {
  try {
    const {messages} = await client.getPrompt({name}, {timeout});
    const text = messages
      .map(({content}) => wordsOf(content).trim())
      .filter((words) => words !== '')
      .join('\n\n');
    return text === '' || text.length > longestText ? undefined : {title: title?.trim() || name, text};
  } catch {
    // The others count all the same.
    return undefined;
  }
}

function wordsOf(content: mcpPackage.PromptMessage['content']): string {
  if (content.type === 'text') return content.text;
  return content.type === 'resource' && 'text' in content.resource ? content.resource.text : '';
}
