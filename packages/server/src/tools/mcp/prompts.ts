/**
 * The prompts of an MCP server that need no arguments. They are kept, and looked for in the background, so that nobody waits
 * for the server. Knows no page.
 */
import type * as mcpPackage from '@modelcontextprotocol/client';
import type {Prompt} from '../../engine/prompts.ts';
import {type Rules, ruleFor} from '../rules.ts';
import type {Client, Connection} from './connection.ts';
import {type KeptList, createKeptList} from './kept-list.ts';

/** Prompts of a server. */
const mostPrompts = 12;
/** UTF-16 units of a prompt's text. */
const longestText = 8_000;
/** Milliseconds for the list, and for each prompt. */
const timeout = 10_000;
/** @param names names and patterns like `plan-*`: the prompts that are taken */
export function createPrompts(
  connection: Pick<Connection, 'open'>,
  names: readonly string[],
): KeptList<readonly Prompt[]> {
  const rules: Rules = Object.fromEntries(names.map((name) => [name, 'allowed']));
  const look = async () => (names.length > 0 ? readPrompts(await connection.open(), rules) : []);
  return createKeptList({first: [], isFresh: names.length === 0, look});
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
