/** `chatlet-server tools`: lists the tools of the configuration, tries one, and switches them, beside a running server or not. */
import {ChatError, parseJson} from '@chatlet/protocol';
import {readConfiguration} from '../configuration.ts';
import {NeedsInput, type Tool} from '../engine/tool.ts';
import type {ConfiguredTools} from '../tools/configured.ts';
import {readSwitchedOff, switchTool} from '../tools/switches.ts';
import type {Command, CommandCall, Printed} from './command.ts';
import {databaseFileOf} from './database-file.ts';
import {toPrintable} from './printable.ts';
import {printTable} from './table.ts';

/** Milliseconds, as the server gives a tool. */
const patience = 30_000;
const longestDescription = 60;

export const toolsList: Command = {
  name: 'tools',
  notes:
    'The command tools lists the tools that the configuration gives to models, and whether the visitor must allow a call, and ' +
    'the resources of MCP servers that models may read. ' +
    'tools try runs one with an input as JSON, without asking. What tools off switches off, a running server offers no ' +
    'more from the next question on.',
  run: (call) =>
    withTools(call, async (tools, {database, resources}) => {
      if (tools.length === 0) return {notes: ['There are no tools. CHATLET_TOOLS=calculator is a beginning.']};
      const off = readSwitchedOff(database);
      return {
        out: printTable([
          ['TOOL', 'SWITCH', 'APPROVAL', 'DESCRIPTION'],
          ...tools.map(({name, approval = 'by input', description = ''}) => [
            name,
            off.has(name) ? 'off' : 'on',
            approval,
            toPrintable(description).slice(0, longestDescription),
          ]),
        ]).concat(listResources(resources)),
      };
    }),
};

export const toolsTry: Command = {
  name: 'tools try',
  parameters: ['NAME'],
  optionalParameter: 'INPUT',
  run: (call) =>
    withTools(call, async (tools) => {
      const [name = '', text = '{}'] = call.args;
      const tool = findTool(tools, name);
      const input = parseJson(text);
      if (input === undefined) throw new ChatError('invalid-request', `The input is not JSON: ${text}`);
      const signal = AbortSignal.timeout(patience);
      try {
        const output = await tool.prepare(input).run({owner: 'key:operator', callId: 'call_try', signal});
        return {out: [typeof output === 'string' ? output : JSON.stringify(output, null, 2)]};
      } catch (error) {
        if (!(error instanceof NeedsInput)) throw error;
        const {question} = error;
        return {notes: [`It asks for an answer${'message' in question ? `: ${question.message}` : '.'}`]};
      }
    }),
};

export const toolsOff: Command = {name: 'tools off', parameters: ['NAME'], run: (call) => turn(call, 'off')};
export const toolsOn: Command = {name: 'tools on', parameters: ['NAME'], run: (call) => turn(call, 'on')};

function turn(call: CommandCall, to: 'on' | 'off'): Promise<Printed> {
  return withTools(call, async (tools, {database}) => {
    const [name = ''] = call.args;
    // A tool that is gone can still be switched on, so that its name does not stay in the file.
    if (to === 'off' || !readSwitchedOff(database).has(name)) findTool(tools, name);
    switchTool(database, name, to);
    return {notes: [`${name} is ${to}. A running server knows it from the next question on.`]};
  });
}

function listResources(resources: ConfiguredTools['resources']): readonly string[] {
  if (resources.size === 0) return [];
  const rows = [...resources].flatMap(([server, all]) =>
    all.map(({uri, title}) => [server, toPrintable(uri), toPrintable(title).slice(0, longestDescription)]),
  );
  return ['', ...printTable([['SERVER', 'RESOURCE', 'TITLE'], ...rows])];
}

/** @throws ChatError `not-found` */
function findTool(tools: readonly Tool[], name: string): Tool {
  const tool = tools.find((each) => each.name === name);
  if (tool) return tool;
  const known = tools.map((each) => each.name).join(', ');
  throw new ChatError('not-found', `There is no tool "${name}"${known === '' ? '' : `, only ${known}`}.`);
}

/** Makes the tools, and closes what they have opened. */
async function withTools(
  {env}: CommandCall,
  work: (tools: readonly Tool[], more: Pick<ConfiguredTools, 'resources'> & {database: string}) => Promise<Printed>,
): Promise<Printed> {
  const {server, makeTools} = await readConfiguration(env);
  const database = databaseFileOf(server);
  const notes: string[] = [];
  const note = (sentence: string) => void notes.push(sentence);
  const made = await makeTools({note});
  const {tools = [], toolsets = [], own = [], resources = new Map()} = made ?? {};
  try {
    const printed = await work(tools, {database, resources});
    return {...printed, notes: [...notes, ...(printed.notes ?? [])]};
  } finally {
    for (const each of [...own, ...toolsets]) await each.close?.();
  }
}
