/**
 * Finds passages for a turn, and puts them into its prompt. Decides who gets any. If a search fails, the operator gets a
 * report, and the turn goes on without passages. Knows no index and no HTTP.
 */
import {ChatError, asString, isObject, textOf} from '@chatlet/protocol';
import {checkContext, fitContext} from '../context.ts';
import {estimateTokens} from '../count-tokens.ts';
import type {Plan} from '../plans.ts';
import type {PromptMessage} from '../provider.ts';
import type {Report} from '../report.ts';
import type {Asker, Passage, Retriever} from '../retriever.ts';
import type {AskAside} from '../side-questions.ts';
import type {Owner} from '../store.ts';
import type {Tool} from '../tool.ts';
import {endWith} from '../until-aborted.ts';
import {type Grounding, createGrounding} from './ground-answer.ts';
import {isPassages, printPassages, searchToolName, withPassages, withSearchRules} from './passages-prompt.ts';
import {rewriteQuestion} from './rewrite-question.ts';

/** What a request says about retrieval. */
export interface RetrievalAsk {
  /** Whether documents are searched; the server's setting decides if it is absent. */
  readonly enabled?: boolean | undefined;
  /** The place that the visitor is at, as a URL or the beginning of one: its passages are preferred. */
  readonly section?: string | undefined;
  /** The origin by which the caller reaches the server: addresses of documents on it begin there. */
  readonly origin?: string | undefined;
}

/**
 * `always`: before each answer. `tool`: when the model wants to, by a tool that the server runs; a request that brings its
 * own tools is answered as with `always`. `off`: never, whatever a request asks for.
 */
export type RetrievalMode = 'always' | 'tool' | 'off';

/** When documents are searched, and how much of them a model reads. */
export interface RetrievalSettings {
  /** `always` by default. If the index is empty, answers are as without it. */
  readonly mode?: RetrievalMode;
  /** Passages that are looked for, without their neighbours; 12 by default. */
  readonly passages?: number;
  /** Tokens of all passages in a prompt; 4000 by default. */
  readonly maxTokens?: number;
  /** Whether an answer ends with questions to go on with; by default it does. */
  readonly followUps?: boolean;
  /**
   * Whether the model first writes a question anew that follows others, so that "and in Vue?" finds the right pages. Costs
   * a short request of at most 80 tokens before each such answer; by default it does not.
   */
  readonly rewrite?: boolean;
}

export interface RetrievalServices {
  readonly retriever: Retriever;
  readonly settings?: RetrievalSettings | undefined;
  readonly report: Report;
}

/** A turn as the search sees it. */
export interface SearchingTurn {
  readonly owner: Owner;
  readonly plan?: Plan | undefined;
  /** Absent on APIs that search only if the plan says so. */
  readonly asked?: RetrievalAsk | undefined;
  readonly contextLength?: number | undefined;
  /** Tokens that the answer may have. */
  readonly maxTokens?: number | undefined;
  /** Whether a conversation that is too long loses its oldest turns. */
  readonly truncates: boolean;
  /** Whether the caller runs tools of its own. */
  readonly bringsTools: boolean;
}

export interface GroundedPrompt {
  readonly messages: readonly PromptMessage[];
  readonly grounding: Grounding;
  /** The visitor's last words; empty if there are none. */
  readonly question: string;
  /** The search, if the model is to search by itself. */
  readonly search?: {readonly tool: Tool; readonly owner: Owner};
  /** Whether anything was searched. */
  wasSearched(): boolean;
}

/** Undefined if the turn is answered without passages, because there are no documents or the search has failed. */
export type Ground = (
  messages: readonly PromptMessage[],
  options: {readonly signal: AbortSignal; readonly askAside: AskAside},
) => Promise<GroundedPrompt | undefined>;

export interface Retrieval {
  /** Undefined if no documents are searched for this turn. */
  forTurn(turn: SearchingTurn): Ground | undefined;
}

/** Milliseconds for a search. */
const searchTime = 2_000;
/** Milliseconds for the first one, which starts the thread of the index and may fill it. */
const firstSearchTime = 10_000;
/** Milliseconds in which the model writes a question anew. */
const rewriteTime = 4_000;
/** Characters of a question that are searched for. */
const longestQuery = 1_000;
/** The part of the context window that passages may take. */
const largestShare = 0.4;

export function createRetrieval({retriever, settings = {}, report}: RetrievalServices): Retrieval {
  const {mode = 'always', passages: limit = 12, maxTokens: budget = 4_000} = settings;
  const {followUps: asksFollowUps = true, rewrite = false} = settings;

  /** Undefined if the work fails, takes too long or is aborted. */
  const attempt = async <Result>(
    work: (signal: AbortSignal) => Promise<Result>,
    signal: AbortSignal,
    {name, time}: {readonly name: string; readonly time: number},
  ): Promise<Result | undefined> => {
    const timeout = AbortSignal.timeout(time);
    const either = AbortSignal.any([signal, timeout]);
    try {
      return await endWith(work(either), either);
    } catch (cause) {
      if (signal.aborted) return undefined;
      const why = timeout.aborted ? `took longer than ${time / 1000} s` : 'failed';
      report(new ChatError('internal', undefined, {cause: new Error(`${name} ${why}.`, {cause})}));
      return undefined;
    }
  };

  let timeForSearch = firstSearchTime;
  const attemptSearch = async <Result>(work: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal) => {
    const result = await attempt(work, signal, {name: 'The search for passages', time: timeForSearch});
    if (!signal.aborted) timeForSearch = searchTime;
    return result;
  };

  const rewritten = (messages: readonly PromptMessage[], {signal, askAside}: Parameters<Ground>[1]) =>
    attempt((either) => rewriteQuestion(messages, askAside, {signal: either}), signal, {
      name: 'The rewriting of a question for the search',
      time: rewriteTime,
    });

  const search = (question: string, {signal, ...searching}: Searching) =>
    attemptSearch(async (either): Promise<readonly Passage[] | undefined> => {
      const found = await retriever.search(question, {...searching, limit, neighbours: 1, signal: either});
      return found.length === 0 && (await retriever.isEmpty()) ? undefined : found;
    }, signal);

  const hasDocuments = async (signal: AbortSignal): Promise<boolean> =>
    (await attemptSearch(() => retriever.isEmpty(), signal)) === false;

  return {
    forTurn({owner, plan, asked, contextLength, maxTokens, truncates, bringsTools}) {
      if (mode === 'off' || plan?.retrieval === false) return undefined;
      if (asked ? asked.enabled === false : plan?.retrieval !== true) return undefined;
      const asker = {owner, ...(plan && {plan: plan.name})};
      const room = Math.min(budget, Math.floor((contextLength ?? Infinity) * largestShare));
      if (mode === 'tool' && !bringsTools) {
        return async (messages, {signal}) => {
          if (!(await hasDocuments(signal))) return undefined;
          const given: Passage[] = [];
          const find = (query: string, options: {readonly signal: AbortSignal}) =>
            search(query, {asker, ...placeOf(asked), ...options});
          const {tool, count} = searchTool({given, room, find});
          const grounding = createGrounding(given, {asksFollowUps});
          return {
            messages: withSearchRules(messages),
            grounding,
            question: searchedText(messages),
            search: {tool, owner},
            wasSearched: () => count() > 0,
          };
        };
      }
      return async (messages, options) => {
        const {signal} = options;
        const question = searchedText(messages);
        if (question === '') return undefined;
        const query = (rewrite && (await rewritten(messages, options))) || question;
        const found = await search(query, {asker, ...placeOf(asked), signal});
        if (!found) return undefined;
        for (const tokens of [room, room / 2, room / 4, 0]) {
          const chosen = choosePassages(found, tokens);
          const prompt = withPassages(messages, chosen);
          const fitted = await fit(prompt, {contextLength, maxTokens, truncates});
          if (fitted && (chosen.length === 0 || fitted.some(isPassages))) {
            const grounding = createGrounding(chosen, {asksFollowUps});
            return {messages: fitted, grounding, question, wasSearched: () => true};
          }
        }
        return undefined;
      };
    },
  };
}

/** Searches of one answer. */
const mostSearches = 3;

interface SearchToolOptions {
  /** The passages that the model has got so far, in the order of their numbers. */
  readonly given: Passage[];
  /** Tokens of the passages of one search. */
  readonly room: number;
  readonly find: (query: string, options: {readonly signal: AbortSignal}) => Promise<readonly Passage[] | undefined>;
}

/** A tool by which the model searches. Its result is untrusted data, as passages in a prompt are. */
function searchTool({given, room, find}: SearchToolOptions): {readonly tool: Tool; readonly count: () => number} {
  let searches = 0;
  const tool: Tool = {
    name: searchToolName,
    description: `Searches the pages of this site. Returns numbered passages to answer from. At most ${mostSearches} searches.`,
    inputSchema: {
      type: 'object',
      properties: {query: {type: 'string', description: 'Words to look for, in the language of the question'}},
      required: ['query'],
      additionalProperties: false,
    },
    annotations: {readOnlyHint: true},
    prepare(input) {
      const query = isObject(input) ? asString(input['query'])?.trim() : undefined;
      if (!query) throw new ChatError('invalid-request', 'query must be a text.');
      return {
        needsApproval: false,
        async run({signal}) {
          if (searches >= mostSearches) return 'No more searches are possible. Answer from what you have.';
          searches += 1;
          const found = await find(query.slice(0, longestQuery), {signal});
          const fresh = (found ?? []).filter(({id}) => given.every((known) => known.id !== id));
          const chosen = choosePassages(fresh, room);
          if (chosen.length === 0) return 'No page of this site fits that you have not read.';
          const first = given.length + 1;
          given.push(...chosen);
          return printPassages(chosen, first);
        },
      };
    },
  };
  return {tool, count: () => searches};
}

interface Searching {
  readonly asker: Asker;
  readonly section: string | undefined;
  readonly origin: string | undefined;
  readonly signal: AbortSignal;
}

/** From where a visitor asks. */
const placeOf = (asked: RetrievalAsk | undefined) => ({section: asked?.section, origin: asked?.origin});

/** A question with fewer words is about the one before it: "and in Vue?", "tell me more". */
const fewestWords = 5;

/** The last question; with the one before it if it is short. Empty if it has no words. */
function searchedText(messages: readonly PromptMessage[]): string {
  const questions = messages.filter(({role}) => role === 'user').map((message) => textOf(message).trim());
  const words =
    questions
      .at(-1)
      ?.split(/\s+/u)
      .filter((word) => word !== '') ?? [];
  if (words.length === 0) return '';
  const last = words.length < fewestWords ? questions.slice(-2) : questions.slice(-1);
  return last.join(' ').slice(-longestQuery);
}

/** The best passages that fit, and then as many of their neighbours, in the order in which they were found. */
function choosePassages(found: readonly Passage[], tokens: number): readonly Passage[] {
  const chosen = new Set<Passage>();
  let left = tokens;
  for (const passage of [...found.filter((each) => !each.isNeighbour), ...found.filter((each) => each.isNeighbour)]) {
    const cost = estimateTokens(passage.text) + tokensOfTitle;
    if (cost > left) continue;
    left -= cost;
    chosen.add(passage);
  }
  return found.filter((passage) => chosen.has(passage));
}

const tokensOfTitle = 40;

/** Undefined if the prompt is too long. */
async function fit(
  messages: readonly PromptMessage[],
  {truncates, ...window}: Pick<SearchingTurn, 'contextLength' | 'maxTokens' | 'truncates'>,
): Promise<readonly PromptMessage[] | undefined> {
  try {
    if (truncates) return await fitContext(messages, window);
    await checkContext(messages, window);
    return messages;
  } catch (error) {
    if (ChatError.from(error).code === 'context-too-long') return undefined;
    throw error;
  }
}
