/** Validates responses: turns unknown data into messages, models and settings, and drops the rest. */
import {
  asNumber,
  asString,
  checkReply,
  checkWait,
  isApproval,
  isErrorCode,
  isObject,
  readClosing,
} from '@chatlet/protocol';
import type {
  Citation,
  Json,
  Message,
  MessageError,
  MessageStatus,
  Model,
  Part,
  ToolPart,
  Usage,
} from '@chatlet/protocol';
import {newId} from './ids.ts';
import {omitUndefined} from './omit-undefined.ts';
import type {ChatConfig, ModelChoice} from './transport.ts';

/** The value itself if it is a list, else the list under one of these names, else an empty list. */
export function findList(value: unknown, ...names: readonly string[]): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return [];
  for (const name of names) {
    const list = value[name];
    if (Array.isArray(list)) return list;
  }
  return [];
}

/** The fields with these names that are strings. */
function pickStrings<Name extends string>(value: Readonly<Record<string, unknown>>, ...names: readonly Name[]) {
  const picked: {[Key in Name]?: string} = {};
  for (const name of names) {
    const text = asString(value[name]);
    if (text !== undefined) picked[name] = text;
  }
  return picked;
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return isObject(value) ? value : undefined;
}

function readStrings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

/** In place of an address: the chat itself can be handed to a person. */
export const asksPerson = 'chat:person';

/** A text, or the address or mail address of an object. */
function readContact(value: unknown): string | undefined {
  return asString(value) ?? (isObject(value) ? (asString(value['url']) ?? asString(value['email'])) : undefined);
}

export function readConfig(value: unknown): ChatConfig & Partial<ModelChoice> {
  if (!isObject(value)) return {};
  const models = 'models' in value ? readModels(value) : {};
  return {
    ...pickStrings(value, 'heading', 'subheading', 'greeting', 'introduction', 'aiNotice', 'disclaimer', 'placeholder'),
    ...omitUndefined({
      starters: readStrings(value['starters']),
      // The texts in them are checked where they are used.
      strings: asObject(value['strings']),
      prompts: asObject(value['prompts']),
      math: typeof value['math'] === 'boolean' ? value['math'] : undefined,
      contact: value['asksPerson'] === true ? asksPerson : readContact(value['contact']),
    }),
    ...models,
  };
}

/** Models as our server lists them, as OpenAI does (under `data`), or as a bare list. */
export function readModels(value: unknown): ModelChoice {
  const models = findList(value, 'models', 'data').flatMap((item): Model[] => {
    if (typeof item === 'string') return [{id: item, name: item}];
    if (!isObject(item)) return [];
    const id = asString(item['id']) ?? asString(item['name']);
    if (!id) return [];
    const price = asObject(item['pricing']) ?? {};
    const prompt = asNumber(price['prompt']);
    const completion = asNumber(price['completion']);
    return [
      {
        id,
        name: asString(item['name']) ?? id,
        ...pickStrings(item, 'description', 'provider'),
        ...omitUndefined({
          contextLength: asNumber(item['contextLength']),
          pricing: prompt === undefined || completion === undefined ? undefined : {prompt, completion},
          tags: readStrings(item['tags']),
        }),
      },
    ];
  });
  return {models, ...(isObject(value) ? pickStrings(value, 'defaultModel') : {})};
}

/** Messages with `parts`, or with `content` alone: `{role, content}` is enough. */
export function readMessages(value: unknown): readonly Message[] {
  const now = new Date().toISOString();
  return findList(value, 'messages', 'items', 'data').flatMap((item): Message[] => {
    if (!isObject(item)) return [];
    const role = item['role'];
    if (role !== 'user' && role !== 'assistant' && role !== 'system') return [];
    const content = asString(item['content']) ?? asString(item['text']);
    const parts = findList(item['parts']).flatMap(readPart);
    return [
      {
        id: asString(item['id']) ?? newId('msg'),
        role,
        parts: parts.length === 0 && content ? [{type: 'text', text: content}] : parts,
        status: readStatus(item['status']),
        createdAt: asString(item['createdAt']) ?? now,
        ...pickStrings(item, 'model'),
        ...omitUndefined({
          usage: readUsage(item['usage']),
          error: readError(item['error']),
        }),
        ...readClosing(item),
      },
    ];
  });
}

function readPart(value: unknown): Part[] {
  if (!isObject(value)) return [];
  const text = asString(value['text']);
  switch (value['type']) {
    case 'text': {
      if (text === undefined) return [];
      const citations = findList(value['citations']).flatMap((each) => readCitation(each, text.length));
      return [{type: 'text', text, ...(citations.length > 0 && {citations})}];
    }
    case 'reasoning':
      return text === undefined ? [] : [{type: 'reasoning', text}];
    case 'tool': {
      const callId = asString(value['callId']);
      const name = asString(value['name']);
      if (callId === undefined || name === undefined) return [];
      const wait = checkWait(value['wait']);
      const {state: sent, approval} = value;
      const state = sent === 'failed' || sent === 'done' || (sent === 'waiting' && wait) ? sent : 'running';
      const {input, output} = value as {input?: Json; output?: Json};
      return [
        {
          type: 'tool',
          callId,
          name,
          state,
          input: input ?? null,
          ...omitUndefined({
            output,
            wait,
            app: asObject(value['app']) as ToolPart['app'],
            approval: isApproval(approval) ? approval : undefined,
            reply: checkReply(value['reply']),
          }),
        },
      ];
    }
    case 'source': {
      const id = asString(value['id']);
      const title = asString(value['title']);
      if (id === undefined || title === undefined) return [];
      return [{type: 'source', id, title, ...pickStrings(value, 'url', 'quote', 'section', 'updatedAt')}];
    }
    case 'file': {
      const url = asString(value['url']);
      const mediaType = asString(value['mediaType']);
      if (url === undefined || mediaType === undefined) return [];
      return [{type: 'file', url, mediaType, ...pickStrings(value, 'name')}];
    }
    default:
      return [];
  }
}

function readCitation(value: unknown, length: number): Citation[] {
  if (!isObject(value)) return [];
  const at = asNumber(value['at']);
  const sourceId = asString(value['sourceId']);
  const quote = asString(value['quote']);
  if (at === undefined || at > length || sourceId === undefined || quote === undefined) return [];
  return [{at, sourceId, quote}];
}

function readStatus(value: unknown): MessageStatus {
  switch (value) {
    case 'answering':
    case 'waiting':
    case 'stopped':
    case 'interrupted':
    case 'failed':
      return value;
    default:
      return 'done';
  }
}

function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined;
  const promptTokens = asNumber(value['promptTokens']);
  const completionTokens = asNumber(value['completionTokens']);
  return promptTokens === undefined || completionTokens === undefined ? undefined : {promptTokens, completionTokens};
}

function readError(value: unknown): MessageError | undefined {
  if (!isObject(value)) return undefined;
  const {code} = value;
  if (!isErrorCode(code)) return undefined;
  return {
    code,
    message: asString(value['message']) ?? '',
    retryable: value['retryable'] === true,
    ...omitUndefined({retryAfter: asNumber(value['retryAfter'])}),
  };
}
