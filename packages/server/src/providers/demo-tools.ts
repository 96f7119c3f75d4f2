/**
 * Lets the demo model use the tools that a program offers. It calls the tool that the question speaks of, with input
 * made from the question by the tool's own schema, and tells the result. No intelligence, but the whole protocol.
 */
import {isObject, type Json, type ToolPart, type UncheckedObject} from '@chatlet/protocol';
import type {AnswerOptions, PromptMessage, ToolDefinition} from '../engine/provider.ts';
import {askedWords, countWords} from './demo-words.ts';
import {type DemoStep, textStep} from './demo-script.ts';

/** Whether the question asks for a tool, so that no document is needed. */
export function asksForTool(question: string, tools: readonly ToolDefinition[]): boolean {
  return bestTool(question, tools) !== undefined;
}

/** The call that the question asks for or the program demands; undefined if neither does. */
export function toolCallFor(question: string, {tools = [], toolChoice}: AnswerOptions): DemoStep | undefined {
  if (toolChoice === 'none') return undefined;
  const demanded = typeof toolChoice === 'object' ? tools.find(({name}) => name === toolChoice.name) : undefined;
  const tool = demanded ?? bestTool(question, tools) ?? (toolChoice === 'required' ? tools[0] : undefined);
  if (!tool) return undefined;
  const callId = `call_${tool.name}_${tools.indexOf(tool) + 1}`;
  return {
    type: 'tool-call',
    callId,
    name: tool.name,
    input: valueFor(tool.inputSchema, {question, depth: 0}),
  };
}

/** The results that are still to be told: those of the newest answer, unless a question followed it. */
export function unspokenResults(messages: readonly PromptMessage[]): readonly ToolPart[] {
  const last = messages.at(-1);
  if (last?.role !== 'assistant') return [];
  const lastWords = last.parts.findLastIndex((part) => part.type === 'text' && part.text.trim() !== '');
  return last.parts
    .slice(lastWords + 1)
    .filter((part) => part.type === 'tool')
    .filter(({state}) => state !== 'running');
}

export function tellResults(results: readonly ToolPart[]): readonly DemoStep[] {
  const told = results.map(({name, output = null, state}) => {
    if (state === 'failed') return `\`${name}\` failed: ${typeof output === 'string' ? output : asCode(output)}`;
    return `\`${name}\` says: ${typeof output === 'string' ? output : asCode(output)}`;
  });
  return [textStep(told.join('\n\n'))];
}

/** What the question gives to a tool of this name; undefined if it speaks of no such thing. */
const subjects: Readonly<Record<string, (question: string) => string | undefined>> = {
  expression: expressionIn,
  query: (question) => /^\s*(?:please\s+)?search(?:\s+for)?\s+(.+?)[?!.]*\s*$/isu.exec(question)?.[1],
  url: (question) => /https?:\/\/[^\s<>"”]+/iu.exec(question)?.[0],
  place: (question) => /\b(?:weather|forecast|wetter)\b.*?\bin\s+(.{1,100}?)\s*[?!.]*$/isu.exec(question)?.[1],
};

/** The tools of our server that take such a subject, by its name. */
const subjectsOfTools: Readonly<Record<string, string>> = {
  calculator: 'expression',
  search: 'query',
  'fetch-page': 'url',
};

/** The first calculation in the question, such as `12.5 * (3 + 4)`, but no date and no range. */
function expressionIn(question: string): string | undefined {
  const found = question.match(/[\d(][\d\s.()+*/×÷^%-]*[\d)]/gu) ?? [];
  return found.find((text) => /[\d)]\s*[+*/×÷^%-]\s*[\d(]/u.test(text) && !/^\d+-\d+$|^\d+([-/])\d+\1\d+$/.test(text));
}

/**
 * The tool that shares most words with the question, in its name and description; none if it shares less than half of
 * its name with it. Our own are called only if the question gives what they need.
 */
function bestTool(question: string, tools: readonly ToolDefinition[]): ToolDefinition | undefined {
  let best: {readonly tool: ToolDefinition; readonly shared: number} | undefined;
  for (const tool of tools) {
    const subject = subjectsOfTools[tool.name];
    if (subject !== undefined) {
      if (subjects[subject]?.(question) !== undefined) return tool;
      continue;
    }
    const name = tool.name.replaceAll(/[_-]|(?<=[a-z])(?=[A-Z])/g, ' ');
    const words = askedWords(name);
    const named = countWords(question, words);
    if (named === 0 || named < words.groups.length / 2) continue;
    const shared = countWords(`${name} ${tool.description ?? ''}`, askedWords(question));
    if (shared > (best?.shared ?? 0)) best = {tool, shared};
  }
  return best?.tool;
}

interface Wanted {
  readonly question: string;
  readonly depth: number;
}

/** A value that a JSON Schema allows in the common cases, taken from the question if possible. */
export function valueFor(schema: unknown, {question, depth}: Wanted): Json {
  if (!isObject(schema) || depth > 8) return null;
  if (schema['const'] !== undefined) return asJson(schema['const']);
  const choices = schema['enum'];
  if (Array.isArray(choices)) {
    const said = choices.find(
      (choice) => typeof choice === 'string' && question.toLowerCase().includes(choice.toLowerCase()),
    );
    return asJson(said ?? choices[0]);
  }
  if (schema['default'] !== undefined) return asJson(schema['default']);
  const [variant] = [schema['anyOf'], schema['oneOf']].flatMap((list) => (Array.isArray(list) ? list : []));
  if (variant !== undefined) return valueFor(variant, {question, depth: depth + 1});
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type ?? (isObject(schema['properties']) ? 'object' : 'string')) {
    case 'object':
      return objectFor(schema, {question, depth});
    case 'array':
      return [valueFor(schema['items'] ?? {type: 'string'}, {question, depth: depth + 1})];
    case 'integer':
      return Math.trunc(numberIn(question, schema));
    case 'number':
      return numberIn(question, schema);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return subjectOf(question);
  }
}

function objectFor(schema: UncheckedObject, {question, depth}: Wanted): Json {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'] : Object.keys(properties);
  const entries = Object.entries(properties)
    .filter(([name]) => required.includes(name))
    .map(([name, property]) => [name, subjects[name]?.(question) ?? valueFor(property, {question, depth: depth + 1})]);
  return Object.fromEntries(entries);
}

function numberIn(question: string, schema: UncheckedObject): number {
  const said = /-?\d+(?:\.\d+)?/.exec(question)?.[0];
  const least = typeof schema['minimum'] === 'number' ? schema['minimum'] : Number.NEGATIVE_INFINITY;
  const most = typeof schema['maximum'] === 'number' ? schema['maximum'] : Number.POSITIVE_INFINITY;
  return Math.min(most, Math.max(least, said === undefined ? 1 : Number(said)));
}

/** The subject of the question: quoted words, or a name after "in" or "for", or the question itself. */
function subjectOf(question: string): string {
  const quoted = /["“'](.+?)["”']/u.exec(question)?.[1];
  const name = /\b(?:in|for|at|of|about|near)\s+((?:\p{Lu}[\p{L}\p{M}'’.-]*\s?)+)/u.exec(question)?.[1];
  return (quoted ?? name ?? question).trim().replace(/[?!.,;:]+$/u, '');
}

function asJson(value: unknown): Json {
  // Schemas come out of JSON, so every value in them is JSON.
  return value as Json;
}

function asCode(value: Json): string {
  return `\n\n\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}
