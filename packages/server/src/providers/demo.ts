/**
 * The offline demo model: answers from a folder of documents by showing passages that fit, and shows every state of a
 * chat if asked. Needs no network and no key; the same question always gets the same answer.
 */
import {statSync} from 'node:fs';
import {ChatError, type EventBatches, type Json, type Part, isObject, textOf} from '@chatlet/protocol';
import {hasSearchRules, isPassages, readPassages, searchToolName} from '../engine/grounding/passages-prompt.ts';
import type {PromptMessage, Provider, ProviderRequest, ToolDefinition} from '../engine/provider.ts';
import {refuseFurther} from './absent-option.ts';
import {answerFrom, joinList, passageName} from './demo-answer.ts';
import {admitNothingFound, commandSteps, isCommand} from './demo-commands.ts';
import {type PassageIndex, indexDocuments, indexPassages} from './demo-index.ts';
import {askedWords} from './demo-words.ts';
import {type DemoStep, type Pace, playScript, splitIntoTokens, textStep} from './demo-script.ts';
import {asksForTool, tellResults, toolCallFor, unspokenResults, valueFor} from './demo-tools.ts';

export interface DemoProviderOptions {
  /** A folder of documents (.md, .txt, .html) to answer from. Default: this project's own documents. */
  readonly docs?: string;
  /** Whether the server searches documents of its operator; then the demo model names none of this project. By default it does not. */
  readonly hasDocuments?: () => Promise<boolean>;
  /** Default 40 tokens a second, about as fast as people read. `instant` is for tests. */
  readonly pace?: Pace;
}

/** Milliseconds before the first word, to look like a model that thinks. */
const beforeFirstWord = 250;
/** Characters of a question that are read: more than people type, and few enough to be fast. */
const longestQuestion = 4_000;

/** @throws ChatError `internal` if there is no such folder */
export function demoProvider({docs, hasDocuments, pace = {tokensPerSecond: 40}}: DemoProviderOptions = {}): Provider {
  if (docs !== undefined && !statSync(docs, {throwIfNoEntry: false})?.isDirectory()) {
    throw new ChatError('internal', `There is no folder of documents at ${docs}.`, {retryable: false});
  }
  let index: Promise<PassageIndex> | undefined;

  return {
    id: 'demo',
    async models() {
      return [
        {
          id: 'demo',
          name: 'Demo',
          description: docs === undefined ? 'Answers from these docs, offline' : 'Answers from your documents, offline',
          contextLength: 32_768,
          pricing: {prompt: 0, completion: 0},
          tags: ['general'],
        },
      ];
    },
    answersAlone(messages, tools = []) {
      const question = questionsIn(messages).at(-1) ?? '';
      return needsNoDocument(question) || asksForTool(question, tools);
    },
    async *answer(request, {signal}): EventBatches {
      refuseFurther(request, ['logprobs']);
      index ??= indexDocuments(docs).catch((cause: unknown) => {
        // The next question tries again: by then the folder may be readable.
        index = undefined;
        throw new ChatError('internal', 'The documents cannot be read.', {cause});
      });
      const steps = await stepsFor(request, {...(await index), areExamples: (await hasDocuments?.()) ?? false});
      const {maxTokens, stop, messages} = request;
      const promptTokens = messages.reduce((sum, message) => sum + splitIntoTokens(textOf(message)).length, 0);
      const reason = steps.at(-1)?.type === 'tool-call' ? 'tool-calls' : 'stop';
      const firstPause = {type: 'pause', milliseconds: beforeFirstWord} as const;
      yield* playScript([firstPause, ...steps], {pace, promptTokens, reason, maxTokens, stop}, {signal});
    },
  };
}

async function stepsFor(request: ProviderRequest, index: PassageIndex): Promise<readonly DemoStep[]> {
  const {messages} = request;
  const results = unspokenResults(messages);
  const hasSearched = hasSearchRules(messages) && results.every(({name}) => name === searchToolName);
  if (results.length > 0 && !hasSearched) return tellResults(results);

  const questions = questionsIn(messages);
  const question = questions.at(-1) ?? '';
  const call = results.length > 0 ? undefined : (toolCallFor(question, request) ?? searchCall(questions, request));
  if (call) return [call];

  const unread = unreadFiles(questionMessages(messages).at(-1)?.parts ?? []);
  const steps =
    unread !== undefined && question.trim() === ''
      ? []
      : await answerTo(question, {
          earlier: questions.slice(0, -1),
          index,
          given: givenIn(messages),
          tools: request.tools ?? [],
        });
  const {responseFormat} = request;
  return inRequestedFormat([...(unread === undefined ? [] : [textStep(unread)]), ...steps], {question, responseFormat});
}

/** Searches for the question if the model is to search by itself. */
function searchCall(questions: readonly string[], {messages, tools = [], toolChoice}: ProviderRequest) {
  const question = questions.at(-1) ?? '';
  const isOffered = toolChoice !== 'none' && tools.some(({name}) => name === searchToolName);
  if (!isOffered || !hasSearchRules(messages) || needsNoDocument(question)) return undefined;
  const query = questions.findLast((each) => !isMore(each)) ?? question;
  return {type: 'tool-call', callId: 'call_search', name: searchToolName, input: {query}} as const;
}

/** Whether the question is answered without a look into documents. */
function needsNoDocument(question: string): boolean {
  return question.trim() === '' || isCommand(question) || wordsToRepeat(question) !== undefined;
}

function questionMessages(messages: readonly PromptMessage[]): readonly PromptMessage[] {
  return messages.filter((message) => message.role === 'user' && !isPassages(message));
}

function questionsIn(messages: readonly PromptMessage[]): readonly string[] {
  return questionMessages(messages).map((message) => textOf(message).slice(0, longestQuestion));
}

/** A sentence that names the files that came with the question and were not read; undefined if none came. */
function unreadFiles(parts: readonly Part[]): string | undefined {
  const files = parts.filter((part) => part.type === 'file');
  if (files.length === 0) return undefined;
  const names = files.slice(0, 5).map(({name, mediaType}) => {
    const shown = name
      ?.replaceAll(/[`\s]+/g, ' ')
      .trim()
      .slice(0, 100);
    return shown ? `\`${shown}\`` : mediaType.startsWith('image/') ? 'the picture' : 'the file';
  });
  if (files.length > names.length) names.push(`${files.length - names.length} more`);
  return `I am the demo model and cannot look into files, so I have not read ${joinList(names, 'and')}.\n\n`;
}

interface Conversation {
  /** The questions before this one, oldest first. */
  readonly earlier: readonly string[];
  readonly index: PassageIndex;
  /** The passages of the prompt, with their numbers as ids; undefined if nobody has searched. */
  readonly given: PassageIndex | undefined;
  /** The tools that can be called. */
  readonly tools: readonly ToolDefinition[];
}

function givenIn(messages: readonly PromptMessage[]): PassageIndex | undefined {
  const passages = readPassages(messages)?.map(({number, title, headings, text}) => ({
    id: String(number),
    document: {id: title, title},
    headings,
    text,
  }));
  return passages && indexPassages(passages);
}

/** The answer from the passages of the prompt, if somebody has searched; else from the model's own documents. */
function findAnswer({index, given}: Pick<Conversation, 'index' | 'given'>, question: string, skip = 0) {
  return answerFrom(given ?? index, question, {skip, cites: given !== undefined});
}

async function answerTo(question: string, conversation: Conversation): Promise<readonly DemoStep[]> {
  const {earlier, index, tools} = conversation;
  const repeated = wordsToRepeat(question);
  if (repeated !== undefined) return [textStep(unquoted(repeated))];
  if (question.trim() === '') return (await commandSteps('help', index, {match: 'exactly', tools})) ?? [];

  const asked = await commandSteps(question, index, {match: 'exactly', tools});
  if (asked) return asked;

  const thought =
    /^\s*(?:please\s+)?think\b(?:\s+(?:about|hard|carefully|step by step|it through))*[\s,.:;-]*(.+)$/isu.exec(
      question,
    )?.[1];
  if (thought !== undefined) {
    return [...(await explainSearch(thought, conversation.given ?? index)), ...(await answerTo(thought, conversation))];
  }

  if (isMore(question)) return answerMore(earlier, conversation);
  return (
    (await findAnswer(conversation, question)) ??
    (await commandSteps(question, index, {match: 'loosely', tools})) ??
    admitNothingFound(index, conversation.given)
  );
}

/** Whether somebody wants to read on: "more", "go on", "tell me more about that". */
function isMore(question: string): boolean {
  return /^\W*(?:(?:tell|show|give|read) me )?(?:more|go on|continue|what else|anything else|mehr|weiter)(?: (?:about (?:that|this|it)|please|bitte))*\W*$/iu.test(
    question,
  );
}

/** The next passages for the last question that was not just "more". */
async function answerMore(earlier: readonly string[], conversation: Conversation): Promise<readonly DemoStep[]> {
  const place = earlier.findLastIndex((question) => !isMore(question));
  const question = earlier[place];
  if (question === undefined) return admitNothingFound(conversation.index, conversation.given);
  const skip = earlier.length - place;
  return (
    (await findAnswer(conversation, question, skip)) ?? [
      textStep('That is all that my documents say about it. Ask me something else, or say `help`.'),
    ]
  );
}

/** Tells how the answer is found, as a model tells its thoughts. The search really works like this. */
async function explainSearch(question: string, index: PassageIndex): Promise<readonly DemoStep[]> {
  const words = askedWords(question).groups.map(([word]) => word);
  const found = await index.search(question, {limit: 3});
  const lines = [
    `The question is: ${question.trim()}`,
    words.length === 0 ? 'It has no word to look for.' : `The words to look for: ${words.join(', ')}.`,
    found.length === 0
      ? 'No passage has enough of them.'
      : `These passages fit, best first: ${found.map(({passage, score}) => `${passageName(passage)} (${score.toFixed(1)})`).join(', ')}.`,
  ];
  return [
    {type: 'reasoning-delta', delta: lines.join('\n\n')},
    {type: 'pause', milliseconds: 300},
  ];
}

/** Turns the answer into JSON if the program asked for JSON. */
function inRequestedFormat(
  steps: readonly DemoStep[],
  {question, responseFormat}: {readonly question: string; readonly responseFormat: Json | undefined},
): readonly DemoStep[] {
  if (!isObject(responseFormat)) return steps;
  if (responseFormat['type'] === 'json_object') {
    const answer = steps.map((step) => (step.type === 'text-delta' ? step.delta : '')).join('');
    return [textStep(JSON.stringify({answer}))];
  }
  if (responseFormat['type'] === 'json_schema') {
    const format = responseFormat['json_schema'];
    const schema = isObject(format) ? format['schema'] : undefined;
    return [textStep(JSON.stringify(valueFor(schema, {question, depth: 0})))];
  }
  return steps;
}

function wordsToRepeat(question: string): string | undefined {
  return /^\s*(?:please\s+)?(?:echo|repeat after me)\b[\s:]*(.+)$/isu.exec(question)?.[1];
}

function unquoted(words: string): string {
  const trimmed = words.trim();
  return (
    /^"(.*)"$|^“(.*)”$|^'(.*)'$/su
      .exec(trimmed)
      ?.slice(1)
      .find((inner) => inner !== undefined) ?? trimmed
  );
}
