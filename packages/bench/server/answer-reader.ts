/**
 * Reads an answer of any contestant from its bytes and compares it with the expected text. Knows the few formats that
 * the contestants write; knows no HTTP.
 */
import {StringDecoder} from 'node:string_decoder';
import {type AnswerSpec, checkText} from './answer-text.ts';

export interface AnswerReader {
  /** Returns how many tokens these bytes completed. */
  push(bytes: Buffer): number;
  /** The bytes have ended. */
  end(): void;
  readonly tokens: number;
  /** Every token, in order, and nothing else. */
  readonly isWhole: boolean;
  /** The text holds something that is not in the answer. */
  readonly isWrong: boolean;
  /** The answer has an end event. */
  readonly saidEnd: boolean;
  /** The message of an error event. */
  readonly error: string | undefined;
  /** The seconds to wait in an error event. */
  readonly retryAfter: number | undefined;
  readonly chatId: string | undefined;
}

export function createAnswerReader(spec: AnswerSpec): AnswerReader {
  const check = checkText(spec);
  const utf8 = new StringDecoder('utf8');
  let rest = '';
  let isWrong = false;
  let saidEnd = false;
  let error: string | undefined;
  let retryAfter: number | undefined;
  let chatId: string | undefined;

  const readData = (data: string): number => {
    if (data === '[DONE]') {
      saidEnd = true;
      return 0;
    }
    const event = parse(data);
    if (event === undefined) {
      // Only the byte pipe passes broken events on.
      return 0;
    }
    if (event.chatId) chatId = event.chatId;
    const said = event.type === 'error' ? (event.message ?? event.errorText ?? 'error') : event.error;
    if (said) {
      error = typeof said === 'string' ? said : JSON.stringify(said);
      retryAfter = event.retryAfter;
    }
    if (event.type && ends.has(event.type)) saidEnd = true;
    const text = event.choices
      ? event.choices[0]?.delta?.content
      : event.type === 'text-delta' || event.type === 'response.output_text.delta'
        ? event.delta
        : undefined;
    if (!text) return 0;
    const complete = check.push(text);
    if (complete < 0) isWrong = true;
    return Math.max(0, complete);
  };

  const readLines = (text: string): number => {
    let complete = 0;
    let start = 0;
    const all = rest === '' ? text : rest + text;
    for (let end = all.indexOf('\n'); end !== -1; end = all.indexOf('\n', start)) {
      if (all.startsWith('data: ', start)) complete += readData(all.slice(start + 6, end));
      start = end + 1;
    }
    rest = all.slice(start);
    return complete;
  };

  return {
    push: (bytes) => readLines(utf8.write(bytes)),
    end() {
      readLines(utf8.end());
    },
    get tokens() {
      return check.tokens;
    },
    get isWhole() {
      return check.isWhole();
    },
    get isWrong() {
      return isWrong;
    },
    get saidEnd() {
      return saidEnd;
    },
    get error() {
      return error;
    },
    get retryAfter() {
      return retryAfter;
    },
    get chatId() {
      return chatId;
    },
  };
}

const ends: ReadonlySet<string> = new Set(['message-end', 'finish', 'response.completed']);

/** Fields of the contestants' events; a wrong type shows as a wrong text. */
interface AnyEvent {
  readonly type?: string;
  readonly delta?: string;
  readonly choices?: readonly {readonly delta?: {readonly content?: string}}[];
  readonly message?: string;
  readonly errorText?: string;
  readonly error?: unknown;
  readonly retryAfter?: number;
  readonly chatId?: string;
}

function parse(data: string): AnyEvent | undefined {
  try {
    return JSON.parse(data) as AnyEvent;
  } catch {
    // The caller counts missing tokens; the reason does not matter.
    return undefined;
  }
}
